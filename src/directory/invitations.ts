import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { credentialLookup, newCredential } from './credentials.ts';
import type { Reader, Writer } from './database.ts';
import type { Actor } from './directory.ts';
import { accept, acceptPassword, email, emailKey } from './input.ts';
import { digestPassword } from './passwords.ts';
import type { AcceptedInvitation, Invitation, NewInvitation, Origin, Person } from './people.ts';
import { acceptPerson, findPerson, insertPerson, requirePerson } from './persons.ts';

const lifeMs = 604_800_000;
/** Each start of a service without operators makes one; so many are good at a time. */
const setUpInvitationsMax = 10;

export async function invite(
  parts: DirectoryParts,
  tenant: string | undefined,
  address: string,
  actor: Actor,
): Promise<NewInvitation> {
  return change(parts, actor, async (transaction) => {
    const found = await requirePerson(parts, transaction, tenant, address);
    const email_key = emailKey(found.email);
    await transaction.deleteFrom('invitation').where('email_key', '=', email_key).execute();
    const result = await insertInvitation(parts, transaction, email_key);
    const detail = `${found.email} (${found.role})`;
    return { result, audit: { tenant, action: 'invited to sign in', detail } };
  });
}

export async function inviteFirstOperator(
  parts: DirectoryParts,
  actor: Actor,
): Promise<NewInvitation> {
  return change(parts, actor, async (transaction) => {
    await assertSetUpNeeded(transaction);
    const kept = transaction
      .selectFrom('invitation')
      .select('lookup')
      .where('email_key', 'is', null)
      .orderBy('created_at_ms', 'desc')
      .limit(setUpInvitationsMax - 1);
    await transaction
      .deleteFrom('invitation')
      .where('email_key', 'is', null)
      .where('lookup', 'not in', kept)
      .execute();
    const result = await insertInvitation(parts, transaction, null);
    const detail = 'the first operator, by a set-up link';
    return { result, audit: { tenant: undefined, action: 'invited to sign in', detail } };
  });
}

/** An operator who came by OpenID Connect can sign in without a password. */
export async function isSetUpNeeded(connection: Reader): Promise<boolean> {
  const row = await connection
    .selectFrom('person')
    .select('email')
    .where('role', '=', 'operator')
    .where((where) =>
      where.or([where('password', 'is not', null), where('last_sign_in_ms', 'is not', null)]),
    )
    .limit(1)
    .executeTakeFirst();
  return row === undefined;
}

export async function invitation(
  parts: DirectoryParts,
  code: string,
): Promise<Invitation | undefined> {
  return findInvitation(parts, parts.database.reader, code);
}

export async function acceptInvitation(
  parts: DirectoryParts,
  code: string,
  accepted: AcceptedInvitation,
  { address }: Origin,
): Promise<Person> {
  const found = await requireInvitation(parts, parts.database.reader, code);
  const name = found.person?.email ?? accept('email', email, accepted.email);
  acceptPassword(accepted.password, name);
  const password = await digestPassword(accepted.password);
  return change(parts, { name, address }, async (transaction) => {
    const { person } = await requireInvitation(parts, transaction, code); // of two at once, one
    if (person === undefined) await setUpFirstOperator(parts, transaction, name);
    const email_key = emailKey(name);
    await transaction
      .updateTable('person')
      .set({ password })
      .where('email_key', '=', email_key)
      .execute();
    for (const table of ['invitation', 'second_factor', 'recovery_code', 'session'] as const) {
      // eslint-disable-next-line no-await-in-loop -- one after the other, on one connection
      await transaction.deleteFrom(table).where('email_key', '=', email_key).execute();
    }
    const result = await requirePerson(parts, transaction, person?.tenant, name);
    const { tenant, role } = result;
    const audit = { tenant, action: 'accepted an invitation', detail: `${name} (${role})` };
    return { result, audit: { ...audit, kind: 'sign-ins' } };
  });
}

/** With the first operator set up, no other set-up link is good. */
async function setUpFirstOperator(
  parts: DirectoryParts,
  transaction: Writer,
  address: string,
): Promise<void> {
  await assertSetUpNeeded(transaction);
  const known = await findPerson(parts, transaction, address);
  if (known?.role !== 'operator') {
    const added = acceptPerson(parts, { tenant: undefined, email: address, role: 'operator' });
    await insertPerson(transaction, added);
  }
  await transaction.deleteFrom('invitation').where('email_key', 'is', null).execute();
}

async function assertSetUpNeeded(connection: Reader): Promise<void> {
  if (await isSetUpNeeded(connection)) return;
  throw new AppError('forbidden', 'an operator can sign in already and may invite others');
}

async function requireInvitation(
  parts: DirectoryParts,
  connection: Reader,
  code: string,
): Promise<Invitation> {
  const found = await findInvitation(parts, connection, code);
  if (found !== undefined) return found;
  throw new AppError('not_found', 'the invitation is wrong, was used, was replaced or is too old');
}

async function findInvitation(
  parts: DirectoryParts,
  connection: Reader,
  code: string,
): Promise<Invitation | undefined> {
  const row = await connection
    .selectFrom('invitation')
    .leftJoin('person', 'person.email_key', 'invitation.email_key')
    .leftJoin('tenant', 'tenant.id', 'person.tenant')
    .select(['invitation.expires_at_ms', 'person.email', 'person.tenant', 'person.role'])
    .select('tenant.enabled')
    .where('lookup', '=', lookupOf(parts, code))
    .where('expires_at_ms', '>', parts.clock.nowMs())
    .executeTakeFirst();
  if (row === undefined || row.enabled === 0) return undefined;
  const { email: address, role, tenant, expires_at_ms: expiresAtMs } = row;
  if (address === null || role === null) return { person: undefined, expiresAtMs };
  return { person: { email: address, role, tenant: tenant ?? undefined }, expiresAtMs };
}

async function insertInvitation(
  parts: DirectoryParts,
  transaction: Writer,
  email_key: string | null,
): Promise<NewInvitation> {
  const code = newCredential('invitation');
  const created_at_ms = parts.clock.nowMs();
  const expires_at_ms = created_at_ms + lifeMs;
  await transaction
    .insertInto('invitation')
    .values({ lookup: lookupOf(parts, code), email_key, created_at_ms, expires_at_ms })
    .execute();
  return { code: new Secret(code), expiresAtMs: expires_at_ms };
}

function lookupOf({ keyring }: DirectoryParts, code: string): string {
  return credentialLookup(keyring.lookupKey, 'invitation', code);
}
