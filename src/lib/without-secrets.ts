import { secretsIn, type Span } from './known-secrets.ts';

/** What looks like a credential: 24 characters without a break, or 16 with a digit among them. */
const longRun = /(?=[\w+/=.~%-]*\d)[\w+/=.~%-]{16,}|[\w+/=.~%-]{24,}/g;

/**
 * `text` without what is a credential of ours, or might be one, for messages about what a server has
 * said: it may repeat what it was sent. That is every remembered secret and every long unbroken run.
 */
export function withoutSecrets(text: string): string {
  const runs = [...text.matchAll(longRun)].map(({ 0: run, index }): Span => [
    index,
    index + run.length,
  ]);
  return withoutSpans(text, [...secretsIn(text), ...runs]);
}

/** As `withoutSecrets`, for words that may be about an event: its long runs tell which one is meant. */
export function withoutKnownSecrets(text: string): string {
  return withoutSpans(text, secretsIn(text));
}

/** With one `…` for each, and one for several that touch. */
function withoutSpans(text: string, spans: readonly Span[]): string {
  let shown = '';
  let end = 0;
  for (const [from, until] of spans.toSorted(([a], [b]) => a - b)) {
    if (from > end || end === 0) shown += `${text.slice(end, from)}…`;
    end = Math.max(end, until);
  }
  return shown + text.slice(end);
}

/** An address for messages: its query left out, and of its path what might be a credential. */
export function placeWithoutSecrets({ origin, pathname }: URL): string {
  const path = withoutKnownSecrets(pathname).split('/').map(withoutSecrets).join('/');
  return `${origin}${path.slice(0, 200)}`;
}
