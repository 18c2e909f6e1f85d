import type { HttpAnswer } from '../lib/http-client.ts';
import { withoutSecrets } from '../lib/without-secrets.ts';

const retryAfterMaxMs = 24 * 3_600_000;
const excerptLength = 120;
/** Looked at for an excerpt, since long runs in it become short. */
const excerptBytes = 16 * 1024;
/** Not whatever `Date.parse` makes a date of: `49.5` would be the year 2049. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, .* GMT$/;

/** Status, content type and first characters of an answer, for a person; without secrets. */
export function describeAnswer({ status, headers, body }: HttpAnswer): string {
  const type = headers.get('content-type')?.slice(0, 60) ?? 'no content type';
  return body.length === 0 ? `${status} (empty)` : `${status} (${type}): ${excerpt(body)}`;
}

/** An error page may echo a credential; one with spaces is known only while it has them. */
function excerpt(body: Buffer): string {
  const start = withoutSecrets(body.toString('utf8', 0, excerptBytes));
  const text = start.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return text.length > excerptLength ? `${text.slice(0, excerptLength)}…` : text;
}

/** Whole seconds or an HTTP date (RFC 9110, 10.2.3), a day at most; undefined for anything else. */
export function retryAfterMs({ headers }: HttpAnswer, nowMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  const dateMs = httpDate.test(value) ? Date.parse(value) : Number.NaN;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : dateMs - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 1000), retryAfterMaxMs);
}

/** Undefined for what is no JSON: a proxy's page, or nothing. */
export function parseJson(body: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(body.toString());
    return value;
  } catch {
    return undefined;
  }
}
