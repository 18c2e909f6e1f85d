import { AppError } from '../core/errors.ts';
import { appTrana } from './apptrana.ts';
import type { Feed } from './feed.ts';
import { inSync } from './insync.ts';

/** Every feed there is. */
export const feeds: readonly Feed[] = [inSync, appTrana];

/** The feed called `name`. Throws `not_found` listing those that exist. */
export function feedNamed(name: string): Feed {
  const feed = feeds.find((candidate) => candidate.name === name);
  if (feed !== undefined) return feed;
  const names = feeds.map((candidate) => candidate.name).join(', ');
  throw new AppError(
    'not_found',
    `there is no feed ${JSON.stringify(name.slice(0, 80))}; there are: ${names}`,
    { hint: 'Choose one of those that there are.' },
  );
}
