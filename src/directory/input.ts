import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { nearestWord } from '../lib/nearest-word.ts';
import { isNetwork } from '../lib/network.ts';
import { editions, roles } from './directory.ts';
import type { ExportSettings } from './directory.ts';
import { passwordLengthMax } from './passwords.ts';
import { personRoles } from './people.ts';

const text = 'must be 1 to 200 printable characters without spaces around them';
/** Control characters, line separators, lone surrogates and marks that reorder text are refused. */
const printablePattern = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u{202A}-\u{202E}\u{2066}-\u{2069}]{1,200}$/u;

export const name = z
  .string(text)
  .regex(printablePattern, text)
  .refine((value) => value === value.trim(), text);
export const edition = z.enum(editions, `must be one of ${editions.join(', ')}`);
export const role = z.enum(roles, `must be one of ${roles.join(', ')}`);
export const personRole = z.enum(personRoles, `must be one of ${personRoles.join(', ')}`);
export const email = z
  .email('must be an e-mail address')
  .max(254, 'must be an e-mail address of at most 254 characters');
export const days = integer(1, 365);
export const facility = integer(1, 23);
export const auditLimit = integer(1, 10_000);
export const auditBehindLimit = integer(1, 500);
export const accessTokenLifeMs = integer(1, 86_400_000);
export const timeMs = z.number('must be epoch milliseconds');
export const keyOverlapMs = integer(0, 2_592_000_000);
export const codeLifeMs = integer(1, 600_000);

const networkText = 'must be addresses or networks, such as 192.0.2.7 or 2001:db8::/32';
/** Each once; an IPv4 address that is written as an IPv6 one becomes what a socket shows. */
export const networks = z
  .array(z.string(networkText).max(64, networkText), networkText)
  .max(100, 'must be at most 100 addresses and networks')
  .transform((entries) => entries.map((entry) => entry.trim().replace(/^::ffff:(?=[\d.]+$)/i, '')))
  .refine((entries) => entries.every(isNetwork), networkText)
  .transform((entries): readonly string[] => [...new Set(entries)]);

const urlText = 'must be an https URL, or an http URL on the loopback, of at most 2000 characters';
/** As it is sent in `Location`: ASCII, normalised. */
const redirectUrl = z
  .string(urlText)
  .max(2000, urlText)
  .refine((url) => URL.canParse(url), urlText)
  .transform((url) => new URL(url))
  .refine(isEncryptedOrLocal, urlText)
  .refine(({ username, password }) => `${username}${password}` === '', 'must not hold a user name')
  .refine(({ href }) => !href.includes('#'), 'must not have a fragment')
  .refine(({ searchParams }) => !searchParams.has('code'), 'must not have a parameter `code`')
  .transform(({ href }) => href)
  .refine((href) => href.length <= 2000, urlText);

export const flag = z.boolean('must be true or false');

/** What `schema` makes of `value`. Throws `input_invalid`: `days must be 1 to 365, got 366`. */
export function accept<Output>(
  what: string,
  schema: z.ZodType<Output>,
  value: unknown,
  sayable = value,
): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues[0]?.message ?? 'is not acceptable';
  throw new AppError('input_invalid', `${what} ${problem}, got ${shown(sayable)}`);
}

const passwordLengthMin = 12;

/** Long rather than odd. Throws `input_invalid` without saying what came. */
export function acceptPassword(password: string, address: string): void {
  const { length } = password.normalize('NFKC');
  if (length < passwordLengthMin || password.length > passwordLengthMax) {
    throw new AppError(
      'input_invalid',
      `password must be ${passwordLengthMin} to ${passwordLengthMax} characters long`,
    );
  }
  if (!password.isWellFormed()) throw new AppError('input_invalid', 'password must be text');
  if (emailKey(password.trim()) !== emailKey(address)) return;
  throw new AppError('input_invalid', 'password must not be the e-mail address');
}

/** A password in a refused URL is not repeated. */
export function acceptRedirectUrl(url: string): string {
  const sayable = url.replace(/\/\/[^/?#]*@/, '//…@');
  return accept('redirectUrl', redirectUrl, url, sayable);
}

/** Each once, in the catalogue's order. Throws `input_invalid` with the nearest known name. */
export function acceptCategories(
  categories: ExportSettings['categories'],
  known: readonly string[],
): ExportSettings['categories'] {
  if (categories === 'all') return categories;
  const chosen = accept('categories', z.array(z.string()).max(1000), categories);
  if (chosen.length === 0) {
    throw new AppError(
      'input_invalid',
      "categories must name at least one category or be 'all', got none",
    );
  }
  const unknown = chosen.find((category) => !known.includes(category));
  if (unknown !== undefined) throw unknownCategory(unknown, known);
  return known.filter((category) => chosen.includes(category));
}

/**
 * The form in which addresses are compared. Only ASCII letters lose their case: other folding would
 * make the Kelvin sign a `k`, and one person's address somebody else's.
 */
export function emailKey(address: string): string {
  return address.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}

function isEncryptedOrLocal({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function integer(min: number, max: number): z.ZodType<number> {
  const range = `must be ${min} to ${max}`;
  return z.int(range).min(min, range).max(max, range);
}

function unknownCategory(category: string, known: readonly string[]): AppError {
  const nearest = nearestWord(category, known);
  const suggestion = nearest === undefined ? '' : `; did you mean ${shown(nearest)}?`;
  return new AppError(
    'input_invalid',
    `categories must be of the feed's catalogue, got ${shown(category)}${suggestion} (known: ${known.join(', ')})`,
  );
}
