/** What the parts of the contract stand on: places, people in them, and credentials. */
import assert from 'node:assert/strict';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import type { Secret } from '../../../src/core/secret.ts';
import type { Directory, Principal, Pull } from '../../../src/directory/directory.ts';

/** One set of data that can be opened any number of times, at once too, and is removed at the end. */
export interface DirectoryPlace extends AsyncDisposable {
  open(clock: ManualClock): Promise<Directory>;
  /** Everything the implementation has put on a disk, the key's file left out. */
  storedBytes(): Promise<Buffer>;
}

export interface DirectoryImplementation {
  readonly name: string;
  newPlace(): Promise<DirectoryPlace>;
}

/** Titles and tests of one part; each test has a place of its own. */
export type DirectoryContract = Readonly<
  Record<string, (implementation: DirectoryImplementation) => Promise<void>>
>;

export const actor = { name: 'cli:tester', address: '192.0.2.7' };
export const dayMs = 86_400_000;
export const acme = { id: 'acme', title: 'Acme Corporation', edition: 'Elite' } as const;
export const globex = { id: 'globex', title: 'Globex', edition: 'Business' } as const;
export const ada = { tenant: 'acme', email: 'Ada@example.com', role: 'administrator' } as const;

export interface Ground extends AsyncDisposable {
  readonly place: DirectoryPlace;
  readonly directory: Directory;
  readonly clock: ManualClock;
}

export async function emptyGround(implementation: DirectoryImplementation): Promise<Ground> {
  const place = await implementation.newPlace();
  const clock = new ManualClock();
  const directory = await place.open(clock);
  return {
    place,
    clock,
    directory,
    async [Symbol.asyncDispose]() {
      await directory[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

export async function groundWithPeople(implementation: DirectoryImplementation): Promise<Ground> {
  const ground = await emptyGround(implementation);
  await ground.directory.createTenant(acme, actor);
  await ground.directory.addAdministrator(ada, actor);
  return ground;
}

/** One credential of each kind, new, as the attempts to come in with it. */
export async function everyCredential(
  directory: Directory,
): Promise<readonly (() => Promise<Principal | undefined>)[]> {
  const token = await directory.createToken('acme', ada.email, undefined, actor);
  const client = await directory.createApiClient('acme', 'client', actor);
  const { key } = await directory.createIngestKey('acme', 'key', actor);
  const principal = await directory.authenticateApiClient(client.clientId, client.secret.reveal());
  assert.ok(principal);
  const access = await directory.issueAccessToken(principal, dayMs);
  return [
    () => directory.authenticateToken(ada.email, valueOf(token.value)),
    () => directory.authenticateApiClient(client.clientId, client.secret.reveal()),
    () => directory.authenticateIngestKey(key.reveal()),
    () => directory.authenticateAccessToken(access.reveal()),
  ];
}

export async function apiClientPrincipal(directory: Directory): Promise<Principal> {
  const { clientId, secret } = await directory.createApiClient('acme', 'client', actor);
  const principal = await directory.authenticateApiClient(clientId, secret.reveal());
  assert.ok(principal);
  return principal;
}

export function pullOf(tenant: string, atMs: number): Pull {
  return { tenant, actor, api: 'events-api/v1', status: 200, events: 500, atMs };
}

export function valueOf(value: Secret | undefined): string {
  assert.ok(value, 'the token has no value');
  return value.reveal();
}

export async function refuses(
  answer: Promise<unknown>,
  code: string,
  message?: string,
): Promise<void> {
  await assert.rejects(answer, message === undefined ? { code } : { code, message });
}
