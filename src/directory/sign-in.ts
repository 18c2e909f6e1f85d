import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import type { NewAuditEntry } from './audit-trail.ts';
import type { Actor } from './directory.ts';
import { acceptPassword, email as emailSchema, emailKey } from './input.ts';
import { digestPassword, isOutdated, isPassword, passwordLengthMax } from './passwords.ts';
import type { Origin, Person } from './people.ts';
import { findPerson, requireAnybody } from './persons.ts';

/** The same work is done for whom there is not, and for whose tenant is disabled. */
export async function checkPassword(
  parts: DirectoryParts,
  email: string,
  password: string,
): Promise<Person | undefined> {
  const row = await parts.database.reader
    .selectFrom('person')
    .leftJoin('tenant', 'tenant.id', 'person.tenant')
    .select(['person.password', 'tenant.enabled'])
    .where('email_key', '=', emailKey(email))
    .executeTakeFirst();
  const person = await findPerson(parts, parts.database.reader, email);
  const digest = row?.enabled === 0 ? undefined : (row?.password ?? undefined);
  const isRight = await isPassword(password.slice(0, passwordLengthMax), digest);
  if (!isRight || digest === undefined || person === undefined) return undefined;
  if (isOutdated(digest)) await renewDigest(parts, email, digest, password);
  return person;
}

export async function setPassword(
  parts: DirectoryParts,
  email: string,
  password: string,
  keptSessionId: string | undefined,
  actor: Actor,
): Promise<void> {
  acceptPassword(password, email);
  const digest = await digestPassword(password);
  await change(parts, actor, async (transaction) => {
    const found = await requireAnybody(parts, transaction, email);
    await transaction
      .updateTable('person')
      .set({ password: digest })
      .where('email_key', '=', emailKey(email))
      .execute();
    await transaction
      .deleteFrom('session')
      .where('email_key', '=', emailKey(email))
      .where('session_id', '!=', keptSessionId ?? '')
      .execute();
    const audit = { tenant: found.tenant, action: 'set a password', detail: found.email };
    return { result: undefined, audit };
  });
}

/** As it stands in the audit trail of the person's tenant, or of none. */
export async function failedSignIn(
  parts: DirectoryParts,
  email: string,
  why: string,
  { address }: Origin,
): Promise<NewAuditEntry> {
  const person = await findPerson(parts, parts.database.reader, email);
  // What is no address may be a password that was typed into the wrong field.
  const name = emailSchema.safeParse(email).success ? email : '(no e-mail address)';
  return {
    atMs: parts.clock.nowMs(),
    tenant: person?.tenant,
    actor: { name, address },
    action: 'could not sign in',
    detail: why,
    outcome: 'failure',
    kind: 'sign-ins',
  };
}

/** Unless it was changed meanwhile. No change that anybody would look for in the audit trail. */
async function renewDigest(
  { database }: DirectoryParts,
  email: string,
  before: string,
  password: string,
): Promise<void> {
  const digest = await digestPassword(password);
  await database.writer.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('person')
      .set({ password: digest })
      .where('email_key', '=', emailKey(email))
      .where('password', '=', before)
      .execute();
  });
}
