import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../core/errors.ts';

/**
 * What OWASP's cheat sheet asks of argon2id at least: 19 MiB, two passes, one lane. Each digest says
 * what it was made with, so that these may change; see `isOutdated`.
 */
const parameters = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const saltBytes = 16;

/** More would only wait for each other's processors, 19 MiB each. */
const atOnceMax = 2;
const waitingMax = 64;

/** Far beyond a sentence; stops bodies that only want to keep the processor busy. */
export const passwordLengthMax = 512;

const phcPattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{22,86})$/;

const derive = promisify(argon2);
let atWork = 0;
const waiting: (() => void)[] = [];

/** argon2id in PHC format. Throws `overloaded` when too many wait. */
export async function digestPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const tag = await inTurn(() => derived(password, salt, parameters));
  const { memory, passes, parallelism } = parameters;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/**
 * Takes the same time for a wrong password and for none to compare with, so that nobody learns from
 * it who exists. Throws `overloaded`.
 */
export async function isPassword(password: string, digest: string | undefined): Promise<boolean> {
  const { salt, tag, ...made } = parseDigest(digest) ?? nobodys;
  const found = await inTurn(() => derived(password, salt, { ...made, tagLength: tag.length }));
  return timingSafeEqual(found, tag) && digest !== undefined;
}

/** Made with other parameters than today's: to be made anew when the password is known. */
export function isOutdated(digest: string): boolean {
  const { memory, passes, parallelism } = parseDigest(digest) ?? nobodys;
  const { memory: m, passes: t, parallelism: p } = parameters;
  return memory !== m || passes !== t || parallelism !== p;
}

/** Nobody's password has this digest: 32 random bytes. */
const nobodys = {
  ...parameters,
  salt: randomBytes(saltBytes),
  tag: randomBytes(parameters.tagLength),
};

function parseDigest(digest: string | undefined) {
  const [, memory, passes, parallelism, salt = '', tag = ''] = phcPattern.exec(digest ?? '') ?? [];
  if (memory === undefined) return undefined;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

/** One password in one spelling, however a keyboard composes its letters. */
function derived(
  password: string,
  nonce: Buffer,
  made: {
    readonly memory: number;
    readonly passes: number;
    readonly parallelism: number;
    readonly tagLength: number;
  },
): Promise<Buffer> {
  return derive('argon2id', { ...made, message: password.normalize('NFKC'), nonce });
}

/** First come, first served; the work itself is done off the event loop. */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (atWork >= atOnceMax) {
    if (waiting.length >= waitingMax) {
      throw new AppError('overloaded', 'too many people sign in at one time, try again');
    }
    // The one who leaves hands its place over, so `atWork` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else atWork += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) atWork -= 1;
    else next();
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
