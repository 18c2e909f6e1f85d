import assert from 'node:assert/strict';
import type { AuditQuery, Directory } from '../../../src/directory/directory.ts';
import {
  acme,
  ada,
  actor,
  dayMs,
  emptyGround,
  globex,
  groundWithPeople,
  pullOf,
  refuses,
} from './ground.ts';
import type { DirectoryContract } from './ground.ts';
import { sessionOf } from './people.ts';

async function found(directory: Directory, query: Partial<AuditQuery>): Promise<readonly string[]> {
  const { entries } = await directory.auditPage({ limit: 100, ...query });
  return entries.map(({ action }) => action).toReversed();
}

export const auditPageContract: DirectoryContract = {
  'sorts entries into pulls, sign-ins and changes': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    await directory.startSession(sessionOf(ada.email));
    await directory.recordFailedSignIn(ada.email, 'wrong password', { address: '192.0.2.7' });
    directory.recordPull(pullOf('acme', clock.nowMs()));
    const kinds = { kind: 'pulls', tenant: 'acme' } as const;
    assert.deepEqual(await found(directory, kinds), ['pulled events']);
    assert.deepEqual(await found(directory, { kind: 'sign-ins' }), [
      'signed in',
      'could not sign in',
    ]);
    const changes = ['created the tenant', 'added an administrator'];
    assert.deepEqual(await found(directory, { kind: 'changes' }), changes);
    const { entries } = await directory.auditPage({ limit: 100 });
    assert.deepEqual(
      entries.map(({ id }) => id),
      [5, 4, 3, 2, 1],
    );
  },

  'gives what is no pull behind an entry, oldest first': async (implementation) => {
    await using ground = await emptyGround(implementation);
    const { directory, clock } = ground;
    assert.equal(await directory.newestAuditEntry(), 0);
    await directory.createTenant(acme, actor);
    await directory.addAdministrator(ada, actor);
    directory.recordPull(pullOf('acme', clock.nowMs()));
    await directory.auditTrail('acme', 1);
    await directory.startSession(sessionOf(ada.email));
    await directory.setTenantEnabled('acme', false, actor);
    const behind = async (entry: number, limit: number) =>
      (await directory.auditBehind(entry, limit)).map(({ id, kind }) => `${id} ${kind}`);
    const all = ['1 changes', '2 changes', '4 sign-ins', '5 changes'];
    assert.deepEqual(await behind(0, 500), all);
    assert.deepEqual(await behind(1, 2), ['2 changes', '4 sign-ins']);
    assert.deepEqual(await behind(5, 500), []);
    clock.advance(dayMs);
    await directory.trimAudit(clock.nowMs());
    assert.equal(await directory.newestAuditEntry(), 5, 'also when it is gone');
    await refuses(directory.auditBehind(0, 501), 'input_invalid');
  },

  'filters by tenant, time, actor, outcome and words, all at once': async (implementation) => {
    await using ground = await emptyGround(implementation);
    const { directory, clock } = ground;
    const startMs = clock.nowMs();
    await directory.createTenant(acme, { name: 'Dana@example.com', address: '198.51.100.1' });
    clock.advance(1000);
    await directory.createTenant(globex, { name: 'lee@example.com' });
    clock.advance(1000);
    directory.recordPull({ ...pullOf('globex', clock.nowMs()), status: 403 });
    directory.recordPull(pullOf('acme', clock.nowMs()));
    const ids = async (query: Partial<AuditQuery>) =>
      (await directory.auditPage({ limit: 100, ...query })).entries.map(({ id }) => id);
    assert.deepEqual(await ids({ tenant: 'globex' }), [3, 2]);
    assert.deepEqual(await ids({ fromMs: startMs + 1000 }), [4, 3, 2]);
    assert.deepEqual(await ids({ untilMs: startMs + 1000 }), [1]);
    assert.deepEqual(await ids({ fromMs: startMs + 1, untilMs: startMs + 2000 }), [2]);
    assert.deepEqual(await ids({ actor: 'dana' }), [1]);
    assert.deepEqual(await ids({ actor: '%' }), []);
    assert.deepEqual(await ids({ outcome: 'failure' }), [3]);
    assert.deepEqual(await ids({ text: 'CREATED the' }), [2, 1]);
    assert.deepEqual(await ids({ text: '198.51' }), [1]);
    assert.deepEqual(await ids({ text: 'status 200', tenant: 'acme', kind: 'pulls' }), [4]);
    assert.deepEqual(await ids({ text: 'status 200', tenant: 'globex' }), []);
    for (const limit of [0, 501, 1.5])
      await refuses(directory.auditPage({ limit }), 'input_invalid');
    await refuses(directory.auditPage({ tenant: 'nobody', limit: 1 }), 'not_found');
  },

  'goes back page by page without leaving out or repeating an entry': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    for (let index = 0; index < 23; index += 1) {
      directory.recordPull({
        ...pullOf('acme', clock.nowMs()),
        status: index % 3 === 0 ? 500 : 200,
      });
    }
    for (const filter of [
      {},
      { kind: 'pulls' },
      { outcome: 'failure' },
      { text: 'pulled' },
    ] as const) {
      const all = (await directory.auditPage({ ...filter, limit: 100 })).entries;
      const seen: number[] = [];
      let before: number | undefined;
      for (let pages = 0; pages < 20; pages += 1) {
        const page = await directory.auditPage({ ...filter, before, limit: 4 });
        seen.push(...page.entries.map(({ id }) => id));
        before = page.next;
        if (before === undefined) break;
      }
      assert.equal(before, undefined, JSON.stringify(filter));
      assert.deepEqual(
        seen,
        all.map(({ id }) => id),
      );
    }
  },

  'looks at a limited number of entries at a time, and says how to go on': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const first = clock.nowMs();
    directory.recordPull({ ...pullOf('acme', first), api: 'the needle' });
    for (let batch = 0; batch < 3; batch += 1) {
      for (let index = 0; index < 7000; index += 1)
        directory.recordPull(pullOf('acme', first + dayMs));
      await directory.auditTrail('acme', 1);
    }
    const one = await directory.auditPage({ text: 'needle', limit: 10 });
    assert.deepEqual(one.entries, []);
    assert.equal(typeof one.next, 'number');
    const two = await directory.auditPage({ text: 'needle', before: one.next, limit: 10 });
    assert.deepEqual([two.entries.length, two.next], [1, undefined]);
    const { entries } = await directory.auditPage({ untilMs: first + 1, limit: 10 });
    assert.equal(entries.length, 3, 'a time far back is found at once');
  },

  'says sign-in of programs too': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const { clientId, secret } = await directory.createApiClient('acme', 'client', actor);
    const principal = await directory.authenticateApiClient(clientId, secret.reveal());
    assert.ok(principal);
    await directory.issueAccessToken(principal, 1000);
    assert.deepEqual(await found(directory, { kind: 'sign-ins' }), ['issued an access token']);
  },
};
