import { randomInt } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { appendToAuditTrail } from './audit-trail.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { credentialLookup } from './credentials.ts';
import type { Reader, Writer } from './database.ts';
import type { Actor } from './directory.ts';
import { emailKey } from './input.ts';
import type { Person } from './people.ts';
import { requireAnybody } from './persons.ts';
import { seal, unseal } from './sealing.ts';
import type { Binding } from './sealing.ts';

const stepMs = 30_000;
/** A telephone's clock may be one step off. */
const window = 1;
const secretBytes = 20;
const recoveryCodesCount = 10;
/** 10 of 31 characters that nobody mistakes for each other: 49 bits, against an online guesser. */
const recoveryCodeLength = 10;
const recoveryAlphabet = '23456789abcdefghjkmnpqrstuvwxyz';

export async function startTotp(
  parts: DirectoryParts,
  email: string,
  actor: Actor,
): Promise<Secret> {
  const otpauth = await import('otpauth');
  const secret = new otpauth.Secret({ size: secretBytes }).base32;
  return change(parts, actor, async (transaction) => {
    const person = await requireAnybody(parts, transaction, email);
    const email_key = emailKey(email);
    const sealed_next = seal(parts.keyring.personKey, Buffer.from(secret), binding(email_key));
    await transaction
      .insertInto('second_factor')
      .values({ email_key, sealed_secret: null, sealed_next, last_step: 0 })
      .onConflict((conflict) => conflict.column('email_key').doUpdateSet({ sealed_next }))
      .execute();
    const action = 'began to set up a second factor';
    return {
      result: new Secret(secret),
      audit: { tenant: person.tenant, action, detail: person.email },
    };
  });
}

/** The digits that confirm it are used up too. */
export async function confirmTotp(
  parts: DirectoryParts,
  email: string,
  code: string,
  actor: Actor,
): Promise<readonly string[] | undefined> {
  const email_key = emailKey(email);
  const row = await factorRow(parts.database.reader, email_key);
  const sealed_next = row?.sealed_next ?? undefined;
  const step = sealed_next && (await stepOf(parts, email_key, sealed_next, code));
  if (sealed_next === undefined || typeof step !== 'number') return undefined;
  return change(parts, actor, async (transaction) => {
    const person = await requireAnybody(parts, transaction, email);
    await transaction
      .updateTable('second_factor')
      .set({ sealed_secret: sealed_next, sealed_next: null, last_step: step })
      .where('email_key', '=', email_key)
      .execute();
    return {
      result: await replaceRecoveryCodes(parts, transaction, email_key),
      audit: { tenant: person.tenant, action: 'set up a second factor', detail: person.email },
    };
  });
}

export async function removeTotp(
  parts: DirectoryParts,
  email: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    const person = await requireTotp(parts, transaction, email);
    for (const table of ['second_factor', 'recovery_code'] as const) {
      // eslint-disable-next-line no-await-in-loop -- one after the other, on one connection
      await transaction.deleteFrom(table).where('email_key', '=', emailKey(email)).execute();
    }
    const audit = { tenant: person.tenant, action: 'removed a second factor' };
    return { result: undefined, audit: { ...audit, detail: person.email } };
  });
}

export async function newRecoveryCodes(
  parts: DirectoryParts,
  email: string,
  actor: Actor,
): Promise<readonly string[]> {
  return change(parts, actor, async (transaction) => {
    const person = await requireTotp(parts, transaction, email);
    return {
      result: await replaceRecoveryCodes(parts, transaction, emailKey(email)),
      audit: { tenant: person.tenant, action: 'made recovery codes', detail: person.email },
    };
  });
}

export async function redeemSecondFactor(
  parts: DirectoryParts,
  email: string,
  typed: string,
  actor: Actor,
): Promise<'totp' | 'recovery-code' | undefined> {
  const code = typed.toLowerCase().replaceAll(/[^0-9a-z]/g, '');
  const isGood = /^\d{6}$/.test(code)
    ? await useDigits(parts, emailKey(email), code)
    : await useRecoveryCode(parts, emailKey(email), code, actor);
  if (!isGood) return undefined;
  return /^\d{6}$/.test(code) ? 'totp' : 'recovery-code';
}

/** Digits of the step that was used last, or of one before, are not good again. */
async function useDigits(parts: DirectoryParts, email_key: string, code: string): Promise<boolean> {
  const row = await factorRow(parts.database.reader, email_key);
  if (row?.sealed_secret == null) return false;
  const step = await stepOf(parts, email_key, row.sealed_secret, code);
  if (step === undefined) return false;
  return parts.database.writer.transaction().execute(async (transaction) => {
    const used = await transaction
      .updateTable('second_factor')
      .set({ last_step: step })
      .where('email_key', '=', email_key)
      .where('sealed_secret', '=', row.sealed_secret)
      .where('last_step', '<', step)
      .returning('email_key')
      .executeTakeFirst();
    return used !== undefined;
  });
}

async function useRecoveryCode(
  parts: DirectoryParts,
  email_key: string,
  code: string,
  actor: Actor,
): Promise<boolean> {
  const { database, clock } = parts;
  return database.writer.transaction().execute(async (transaction) => {
    const used = await transaction
      .deleteFrom('recovery_code')
      .where('lookup', '=', recoveryLookup(parts, email_key, code))
      .returning('email_key')
      .executeTakeFirst();
    if (used === undefined) return false;
    const { tenant, email } = await requireAnybody(parts, transaction, email_key);
    const entry = { tenant, actor, action: 'used a recovery code', detail: email } as const;
    const outcome = { atMs: clock.nowMs(), outcome: 'success', kind: 'sign-ins' } as const;
    await appendToAuditTrail(transaction, [{ ...entry, ...outcome }]);
    return true;
  });
}

/** Which 30 s the digits are of; undefined when of none that is near. */
async function stepOf(
  { keyring, clock, database }: DirectoryParts,
  email_key: string,
  sealed: string,
  code: string,
): Promise<number | undefined> {
  const secret = unseal(keyring.personKey, sealed, binding(email_key));
  if (secret === undefined) {
    const what = `${database.name}: a second factor was altered`;
    throw new AppError('store_corrupt', `${what}; invite the person again`);
  }
  const otpauth = await import('otpauth');
  const timestamp = clock.nowMs();
  const totp = new otpauth.TOTP({ secret: secret.toString() });
  const delta = totp.validate({ token: code, window, timestamp });
  return delta === null ? undefined : Math.floor(timestamp / stepMs) + delta;
}

async function replaceRecoveryCodes(
  parts: DirectoryParts,
  transaction: Writer,
  email_key: string,
): Promise<readonly string[]> {
  await transaction.deleteFrom('recovery_code').where('email_key', '=', email_key).execute();
  const codes = Array.from({ length: recoveryCodesCount }, newRecoveryCode);
  const rows = codes.map((code) => ({ lookup: recoveryLookup(parts, email_key, code), email_key }));
  await transaction.insertInto('recovery_code').values(rows).execute();
  return codes.map((code) => `${code.slice(0, 5)}-${code.slice(5)}`);
}

function newRecoveryCode(): string {
  const characters = Array.from(
    { length: recoveryCodeLength },
    () => recoveryAlphabet[randomInt(recoveryAlphabet.length)],
  );
  return characters.join('');
}

async function factorRow(connection: Reader, email_key: string) {
  return connection
    .selectFrom('second_factor')
    .select(['sealed_secret', 'sealed_next'])
    .where('email_key', '=', email_key)
    .executeTakeFirst();
}

async function requireTotp(
  parts: DirectoryParts,
  connection: Reader,
  email: string,
): Promise<Person> {
  const person = await requireAnybody(parts, connection, email);
  if (person.hasTotp) return person;
  throw new AppError('not_found', `${person.email} has no second factor`);
}

function recoveryLookup({ keyring }: DirectoryParts, email_key: string, code: string): string {
  return credentialLookup(keyring.lookupKey, 'recoveryCode', code, email_key);
}

function binding(email_key: string): Binding {
  return { purpose: 'second factor', owner: [email_key] };
}
