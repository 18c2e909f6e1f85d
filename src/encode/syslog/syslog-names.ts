import type { Feed, FeedField } from '../../feeds/feed.ts';

/** Every name that a pair of the feed's Syslog lines may have, with its field. */
export function syslogNames(feed: Feed): ReadonlyMap<string, FeedField> {
  return new Map(
    feed.fields.flatMap((field) =>
      [field.syslogName ?? field.v1Name, field.v1Name, ...(field.aliases ?? [])].map(
        (name): [string, FeedField] => [name, field],
      ),
    ),
  );
}
