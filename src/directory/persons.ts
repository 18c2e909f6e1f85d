import { AppError } from '../core/errors.ts';
import { assertRoom } from './room.ts';
import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import type { Reader, Writer } from './database.ts';
import type { Actor, Role } from './directory.ts';
import { findTenant, requireTenant } from './find-tenant.ts';
import { accept, email, emailKey, personRole, role, shown } from './input.ts';
import type { NewPerson, Person, PersonRole } from './people.ts';

const peopleMax = 1000;

/** For the audit trail: `added an operator`. */
const withArticle: Readonly<Record<PersonRole, string>> = {
  viewer: 'a viewer',
  administrator: 'an administrator',
  operator: 'an operator',
};

export async function people(
  { database, clock }: DirectoryParts,
  tenant: string | undefined,
): Promise<readonly Person[]> {
  if (tenant !== undefined) requireTenant(tenant, await findTenant(database.reader, tenant));
  const rows = await selectPeople(database.reader, clock.nowMs())
    .where('person.tenant', tenant === undefined ? 'is' : '=', tenant ?? null)
    .orderBy('person.email_key')
    .execute();
  return rows.map(toPerson);
}

export async function findPerson(
  { clock }: Pick<DirectoryParts, 'clock'>,
  connection: Reader,
  address: string,
): Promise<Person | undefined> {
  const row = await selectPeople(connection, clock.nowMs())
    .where('person.email_key', '=', emailKey(address))
    .executeTakeFirst();
  return row && toPerson(row);
}

export async function addPerson(
  parts: DirectoryParts,
  added: NewPerson,
  actor: Actor,
): Promise<Person> {
  const row = acceptPerson(parts, added);
  return change(parts, actor, async (transaction) => {
    const { tenant } = added;
    if (tenant !== undefined) requireTenant(tenant, await findTenant(transaction, tenant));
    await insertPerson(transaction, row);
    const detail = `${row.email} as ${row.role}`;
    const audit = { tenant, action: `added ${withArticle[row.role]}`, detail };
    return { result: await requirePerson(parts, transaction, tenant, row.email), audit };
  });
}

/** Throws `input_invalid`. */
export function acceptPerson({ clock }: Pick<DirectoryParts, 'clock'>, added: NewPerson) {
  const address = accept('email', email, added.email);
  const wantedRole = accept('role', personRole, added.role);
  if ((wantedRole === 'operator') !== (added.tenant === undefined)) {
    const belongs = wantedRole === 'operator' ? 'no tenant' : 'a tenant';
    throw new AppError('input_invalid', `${withArticle[wantedRole]} belongs to ${belongs}`);
  }
  return {
    email_key: emailKey(address),
    email: address,
    tenant: added.tenant ?? null,
    role: wantedRole,
    created_at_ms: clock.nowMs(),
    password: null,
    last_sign_in_ms: null,
  };
}

/**
 * Throws `already_exists` when anybody has the address, `input_invalid` when there is no room. A
 * tenant is not told who it is elsewhere, nor what he is there; operators, who add operators, are.
 */
export async function insertPerson(
  transaction: Writer,
  row: ReturnType<typeof acceptPerson>,
): Promise<void> {
  const taken = await transaction
    .selectFrom('person')
    .select(['role', 'tenant'])
    .where('email_key', '=', row.email_key)
    .executeTakeFirst();
  if (taken !== undefined) {
    const isTold = row.tenant === null || row.tenant === taken.tenant;
    const why = isTold
      ? `is ${withArticle[taken.role]} already`
      : 'cannot be added to this tenant; ask the operator of the service';
    throw new AppError('already_exists', `${row.email} ${why}`);
  }
  await assertRoom(transaction, 'person', row.tenant, peopleMax);
  await transaction.insertInto('person').values(row).execute();
}

export async function changeRole(
  parts: DirectoryParts,
  tenant: string,
  address: string,
  wanted: Role,
  actor: Actor,
): Promise<Person> {
  const next = accept('role', role, wanted);
  return change(parts, actor, async (transaction) => {
    const found = await requirePerson(parts, transaction, tenant, address);
    const email_key = emailKey(address);
    const mine = { email_key };
    await transaction
      .updateTable('person')
      .set({ role: next })
      .where('email_key', '=', mine.email_key)
      .execute();
    await transaction.deleteFrom('session').where('email_key', '=', email_key).execute();
    if (next === 'viewer') {
      await transaction.deleteFrom('token').where('email_key', '=', email_key).execute();
    }
    const detail = `${found.email}: ${found.role} → ${next}`;
    return {
      result: { ...found, role: next },
      audit: { tenant, action: 'changed a role', detail },
    };
  });
}

/** What hangs on the person goes with the row: token, sessions, second factor, invitation. */
export async function removePerson(
  parts: DirectoryParts,
  tenant: string | undefined,
  address: string,
  actor: Actor,
): Promise<void> {
  await change(parts, actor, async (transaction) => {
    const found = await requirePerson(parts, transaction, tenant, address);
    await transaction.deleteFrom('person').where('email_key', '=', emailKey(address)).execute();
    const action = `removed ${withArticle[found.role]}`;
    return { result: undefined, audit: { tenant, action, detail: found.email } };
  });
}

/** Throws `not_found` when the tenant does not exist or the person is not one of its. */
export async function requirePerson(
  parts: Pick<DirectoryParts, 'clock'>,
  connection: Reader,
  tenant: string | undefined,
  address: string,
): Promise<Person> {
  const found = await findPerson(parts, connection, address);
  if (found !== undefined && found.tenant === tenant) return found;
  if (tenant === undefined) {
    throw new AppError('not_found', `there is no operator ${shown(address)}`);
  }
  requireTenant(tenant, await findTenant(connection, tenant));
  throw new AppError('not_found', `tenant ${tenant} has no administrator ${shown(address)}`);
}

/** Throws `not_found` when nobody has this address. */
export async function requireAnybody(
  parts: Pick<DirectoryParts, 'clock'>,
  connection: Reader,
  address: string,
): Promise<Person> {
  const found = await findPerson(parts, connection, address);
  if (found !== undefined) return found;
  throw new AppError('not_found', `there is nobody with the address ${shown(address)}`);
}

type PersonRow = Awaited<ReturnType<ReturnType<typeof selectPeople>['executeTakeFirstOrThrow']>>;

function selectPeople(connection: Reader, nowMs: number) {
  return connection
    .selectFrom('person')
    .leftJoin('second_factor', 'second_factor.email_key', 'person.email_key')
    .select(['person.email', 'person.tenant', 'person.role', 'person.created_at_ms'])
    .select(['person.last_sign_in_ms', 'person.password', 'second_factor.sealed_secret'])
    .select((row) => [
      row
        .selectFrom('invitation')
        .whereRef('invitation.email_key', '=', 'person.email_key')
        .where('invitation.expires_at_ms', '>', nowMs)
        .select((all) => all.fn.countAll().as('count'))
        .as('invitations'),
      row
        .selectFrom('recovery_code')
        .whereRef('recovery_code.email_key', '=', 'person.email_key')
        .select((all) => all.fn.countAll().as('count'))
        .as('recovery_codes'),
    ]);
}

function toPerson(row: PersonRow): Person {
  return {
    tenant: row.tenant ?? undefined,
    email: row.email,
    role: row.role,
    createdAtMs: row.created_at_ms,
    hasPassword: row.password !== null,
    isInvited: Number(row.invitations) > 0,
    hasTotp: row.sealed_secret !== null,
    recoveryCodesLeft: Number(row.recovery_codes),
    lastSignInMs: row.last_sign_in_ms ?? undefined,
  };
}
