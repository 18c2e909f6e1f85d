import { AppError } from './errors.ts';

/** One tenant's one feed, `acme/insync`; the unit of order. */
export type StreamName = `${string}/${string}`;

/** An event's number in its stream: 1, 2, 3 … without holes. 0 stands before the first event. */
export type Position = number;

/** Lower-case letters, digits and inner hyphens, at most 63: safe in a path, a URL and a host name. */
export const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export interface StreamParts {
  readonly tenant: string;
  readonly feed: string;
}

/** Joins a tenant's id and a feed's name. Throws `name_invalid` for anything `namePattern` refuses. */
export function streamName(tenant: string, feed: string): StreamName {
  assertName('tenant', tenant);
  assertName('feed', feed);
  return `${tenant}/${feed}`;
}

/** The two parts of a stream name. Throws `name_invalid`. */
export function parseStreamName(name: string): StreamParts {
  const [tenant = '', feed = '', ...rest] = name.split('/');
  if (rest.length > 0) throw invalidName('stream', name);
  assertName('tenant', tenant);
  assertName('feed', feed);
  return { tenant, feed };
}

export function assertName(what: string, name: string): void {
  if (!namePattern.test(name)) throw invalidName(what, name);
}

function invalidName(what: string, name: string): AppError {
  return new AppError(
    'name_invalid',
    `${what} must be lower-case letters, digits and inner hyphens (at most 63), got ${JSON.stringify(name.slice(0, 80))}`,
  );
}
