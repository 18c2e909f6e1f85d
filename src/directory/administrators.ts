import type { DirectoryParts } from './change.ts';
import type { Actor, Administrator, NewAdministrator } from './directory.ts';
import { accept, role } from './input.ts';
import type { Person } from './people.ts';
import { addPerson, findPerson, people } from './persons.ts';

export async function addAdministrator(
  parts: DirectoryParts,
  added: NewAdministrator,
  actor: Actor,
): Promise<Administrator> {
  accept('role', role, added.role);
  return toAdministrator(added.tenant, await addPerson(parts, added, actor));
}

export async function administrators(
  parts: DirectoryParts,
  tenant: string,
): Promise<readonly Administrator[]> {
  return (await people(parts, tenant)).map((person) => toAdministrator(tenant, person));
}

export async function administratorByEmail(
  parts: DirectoryParts,
  address: string,
): Promise<Administrator | undefined> {
  const person = await findPerson(parts, parts.database.reader, address);
  if (person?.tenant === undefined) return undefined;
  return toAdministrator(person.tenant, person);
}

/** Those of a tenant are administrators and viewers. */
function toAdministrator(
  tenant: string,
  { email, role: found, createdAtMs }: Person,
): Administrator {
  return { tenant, email, role: found === 'viewer' ? 'viewer' : 'administrator', createdAtMs };
}
