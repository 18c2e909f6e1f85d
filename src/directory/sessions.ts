import type { Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import { credentialLookup, newCredential, newPublicId } from './credentials.ts';
import type { Writer } from './database.ts';
import type { Actor } from './directory.ts';
import { emailKey, shown } from './input.ts';
import type { NewSession, Person, Session, SessionLife, StartedSession } from './people.ts';
import { findPerson, requireAnybody } from './persons.ts';
import type { SessionTable } from './tables.ts';

const sessionsMax = 50;
/** A visit is written down when the one before is so long ago. */
const visitEveryMs = 60_000;
/** No configuration lets a session live longer. */
const lifeMsMax = 365 * 86_400_000;
const textLengthMax = 100;

type Row = Selectable<SessionTable>;

const methodsInWords: Readonly<Record<NewSession['method'], string>> = {
  password: 'with a password',
  totp: 'with a password and a second factor',
  'recovery-code': 'with a password and a recovery code',
  provider: 'through the OpenID provider',
};

export async function startSession(
  parts: DirectoryParts,
  started: NewSession,
): Promise<StartedSession> {
  const value = newCredential('session');
  const nowMs = parts.clock.nowMs();
  const actor = { name: started.email, address: started.address };
  return change(parts, actor, async (transaction) => {
    const person = await requireAnybody(parts, transaction, started.email);
    const email_key = emailKey(person.email);
    await dropSurplusSessions(transaction, email_key, nowMs);
    const session_id = newPublicId('session');
    const row = {
      lookup: lookupOf(parts, value),
      session_id,
      email_key,
      method: started.method,
      address: started.address.slice(0, textLengthMax),
      user_agent: started.userAgent.slice(0, textLengthMax),
      created_at_ms: nowMs,
      last_seen_at_ms: nowMs,
    };
    await transaction.insertInto('session').values(row).execute();
    await transaction
      .updateTable('person')
      .set({ last_sign_in_ms: nowMs })
      .where('email_key', '=', email_key)
      .execute();
    const detail = `${methodsInWords[started.method]}, ${row.user_agent}`;
    return {
      result: { value: new Secret(value), sessionId: session_id },
      audit: { tenant: person.tenant, action: 'signed in', detail, kind: 'sign-ins' },
    };
  });
}

/** Asked on every request of the console. */
export async function session(
  parts: DirectoryParts,
  value: string,
  life: SessionLife,
): Promise<Session | undefined> {
  const { reader } = parts.database;
  const found = await reader
    .selectFrom('session')
    .innerJoin('person', 'person.email_key', 'session.email_key')
    .leftJoin('tenant', 'tenant.id', 'person.tenant')
    .selectAll('session')
    .select('tenant.enabled')
    .where('session.lookup', '=', lookupOf(parts, value))
    .executeTakeFirst();
  const nowMs = parts.clock.nowMs();
  if (found === undefined || found.enabled === 0 || expiresAtMs(found, life) <= nowMs) {
    return undefined;
  }
  const person = await findPerson(parts, reader, found.email_key);
  if (person === undefined) return undefined;
  if (nowMs - found.last_seen_at_ms < visitEveryMs) return toSession(found, person, life);
  await noteVisit(parts, found.lookup, nowMs);
  return toSession({ ...found, last_seen_at_ms: nowMs }, person, life);
}

export async function sessions(
  parts: DirectoryParts,
  email: string,
  life: SessionLife,
): Promise<readonly Session[]> {
  const { reader } = parts.database;
  const person = await requireAnybody(parts, reader, email);
  const rows = await reader
    .selectFrom('session')
    .selectAll()
    .where('email_key', '=', emailKey(email))
    .orderBy('created_at_ms', 'desc')
    .orderBy('session_id')
    .execute();
  const nowMs = parts.clock.nowMs();
  return rows
    .filter((row) => expiresAtMs(row, life) > nowMs)
    .map((row) => toSession(row, person, life));
}

export async function endSession(
  parts: DirectoryParts,
  email: string,
  sessionId: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    const person = await requireAnybody(parts, transaction, email);
    const ended = await transaction
      .deleteFrom('session')
      .where('email_key', '=', emailKey(email))
      .where('session_id', '=', sessionId)
      .returning('session_id')
      .executeTakeFirst();
    if (ended === undefined) {
      throw new AppError('not_found', `${person.email} has no session ${shown(sessionId)}`);
    }
    const audit = { tenant: person.tenant, action: 'ended a session', detail: person.email };
    return { result: undefined, audit: { ...audit, kind: 'sign-ins' } };
  });
}

export async function endAllSessions(
  parts: DirectoryParts,
  email: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    const person = await requireAnybody(parts, transaction, email);
    await transaction.deleteFrom('session').where('email_key', '=', emailKey(email)).execute();
    const audit = { tenant: person.tenant, action: 'ended all sessions', detail: person.email };
    return { result: undefined, audit: { ...audit, kind: 'sign-ins' } };
  });
}

/** Sessions and invitations that nobody can use any more, whatever is configured. */
export async function dropDeadSessions({ database, clock }: DirectoryParts): Promise<void> {
  const nowMs = clock.nowMs();
  await database.writer.transaction().execute(async (transaction) => {
    await transaction
      .deleteFrom('session')
      .where('last_seen_at_ms', '<', nowMs - lifeMsMax)
      .execute();
    await transaction.deleteFrom('invitation').where('expires_at_ms', '<', nowMs).execute();
  });
}

/** Without the writers' queue mark: no cache holds what changes here. */
async function noteVisit({ database }: DirectoryParts, lookup: string, nowMs: number) {
  await database.writer.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('session')
      .set({ last_seen_at_ms: nowMs })
      .where('lookup', '=', lookup)
      .execute();
  });
}

/** So many of the oldest that there is room for one more. */
async function dropSurplusSessions(
  transaction: Writer,
  email_key: string,
  nowMs: number,
): Promise<void> {
  const kept = transaction
    .selectFrom('session')
    .select('lookup')
    .where('email_key', '=', email_key)
    .where('created_at_ms', '>', nowMs - lifeMsMax)
    .orderBy('created_at_ms', 'desc')
    .orderBy('lookup')
    .limit(sessionsMax - 1);
  await transaction
    .deleteFrom('session')
    .where('email_key', '=', email_key)
    .where('lookup', 'not in', kept)
    .execute();
}

function expiresAtMs(
  { created_at_ms, last_seen_at_ms }: Pick<Row, 'created_at_ms' | 'last_seen_at_ms'>,
  { idleMs, lifeMs }: SessionLife,
): number {
  return Math.min(created_at_ms + lifeMs, last_seen_at_ms + idleMs);
}

function toSession(row: Row, person: Person, life: SessionLife): Session {
  return {
    sessionId: row.session_id,
    person,
    method: row.method,
    address: row.address,
    userAgent: row.user_agent,
    createdAtMs: row.created_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    expiresAtMs: expiresAtMs(row, life),
  };
}

function lookupOf({ keyring }: DirectoryParts, value: string): string {
  return credentialLookup(keyring.lookupKey, 'session', value);
}
