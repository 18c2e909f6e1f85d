import assert from 'node:assert/strict';
import type { CredentialUse } from '../../../src/directory/directory.ts';
import {
  acme,
  actor,
  dayMs,
  emptyGround,
  globex,
  groundWithPeople,
  pullOf,
  refuses,
} from './ground.ts';
import type { DirectoryContract } from './ground.ts';

const hourMs = 3_600_000;
const principal = { tenant: 'acme', kind: 'ingest_key', name: 'key-1' } as const;

function useAt(atMs: number, rest: Partial<CredentialUse> = {}): CredentialUse {
  const where = { api: 'ingest', feed: 'insync', address: '192.0.2.7' };
  return { principal, ...where, status: 200, events: 10, position: undefined, atMs, ...rest };
}

export const credentialUseContract: DirectoryContract = {
  'remembers the last use of each credential, API and feed': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    const nowMs = clock.nowMs();
    await directory.createTenant(globex, actor);
    const position = 500;
    directory.recordPull({
      ...pullOf('acme', nowMs),
      use: { principal: { ...principal, kind: 'token' }, feed: 'insync', position },
    });
    directory.recordPull(pullOf('acme', nowMs));
    directory.recordUse(useAt(nowMs));
    directory.recordUse(useAt(nowMs + 1, { status: 503, events: 0 }));
    directory.recordUse(useAt(nowMs + 2, { feed: 'apptrana' }));
    directory.recordUse(useAt(nowMs + 3, { principal: { ...principal, tenant: 'globex' } }));
    const uses = await directory.credentialUses('acme');
    assert.deepEqual(
      uses.map(({ principal: { kind }, api, feed, status, events24h }) => [
        kind,
        api,
        feed,
        status,
        events24h,
      ]),
      [
        ['ingest_key', 'ingest', 'apptrana', 200, 10],
        ['ingest_key', 'ingest', 'insync', 503, 10],
        ['token', 'events-api/v1', 'insync', 200, 500],
      ],
    );
    await using two = await place.open(clock);
    assert.deepEqual(await two.credentialUses('acme'), uses);
    await refuses(directory.credentialUses('nobody'), 'not_found');
  },

  'keeps how far a reader has come when a later use does not say': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const read = async () => (await directory.credentialUses('acme'))[0]?.position;
    directory.recordUse(useAt(clock.nowMs(), { position: 7 }));
    directory.recordUse(useAt(clock.nowMs() + 1, { status: 403 }));
    assert.equal(await read(), 7);
    directory.recordUse(useAt(clock.nowMs() + 2, { status: 500 }));
    assert.equal(await read(), 7);
    directory.recordUse(useAt(clock.nowMs() + 3, { position: 9 }));
    assert.equal(await read(), 9);
  },

  'counts the events of the last day, and forgets the hours before': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    for (let hour = 0; hour < 30; hour += 1) {
      directory.recordUse(useAt(clock.nowMs(), { events: 100 }));
      directory.recordUse(useAt(clock.nowMs(), { events: 1 }));
      await directory.credentialUses('acme');
      clock.advance(hourMs);
    }
    const [use] = await directory.credentialUses('acme');
    assert.equal(use?.events24h, 24 * 101);
    clock.advance(3 * dayMs);
    await directory.trimAudit(0);
    const [later] = await directory.credentialUses('acme');
    assert.deepEqual([later?.events24h, later?.events], [0, 1]);
    await directory.trimAudit(clock.nowMs());
    assert.deepEqual(await directory.credentialUses('acme'), []);
  },

  'goes with its tenant, and does not come back with one of its name': async (implementation) => {
    await using ground = await emptyGround(implementation);
    const { directory, clock } = ground;
    await directory.createTenant(acme, actor);
    directory.recordUse(useAt(clock.nowMs()));
    await directory.deleteTenant('acme', actor);
    await directory.createTenant(acme, actor);
    assert.deepEqual(await directory.credentialUses('acme'), []);
  },
};
