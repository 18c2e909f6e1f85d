import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestService } from '../testing/export-service.ts';
import type { TestService } from '../testing/export-service.ts';
import { until } from '../testing/until.ts';
import { AuditEvents } from './audit-events.ts';

const cursorName = '~audit-trail';
const actor = { name: 'ada@example.com', address: '192.0.2.7' };
const origin = { address: '192.0.2.8' };
const signal = new AbortController().signal;

interface Written {
  readonly id: string;
  readonly occurredAtMs: number;
  readonly severity: number;
  readonly fields: Readonly<Record<string, string | number>>;
}

async function written({ store }: TestService, tenant = 'acme'): Promise<readonly Written[]> {
  const page = await store.readAfter(`${tenant}/insync`, 0, { events: 9999, bytes: 9e7 });
  return page.blocks
    .flatMap(({ ndjson }) => ndjson.toString().trimEnd().split('\n'))
    .map((line): Written => JSON.parse(line));
}

async function details(service: TestService, tenant?: string): Promise<readonly unknown[]> {
  return (await written(service, tenant)).map(({ fields }) => fields['eventDetails']);
}

const detailOf = (action: string, detail: string) =>
  `Action:${action}, Outcome:Success, Detail:${detail}`;

/** As a process that has just started: it knows what is stored. */
async function writeAll({ store, directory, clock, dependencies }: TestService): Promise<void> {
  const events = new AuditEvents({ store, directory, clock, log: dependencies.log });
  for (let isCaughtUp = false; !isCaughtUp;) ({ isCaughtUp } = await events.writePage(signal));
}

/** A tenant, and nothing of it to be written yet. */
async function openWithTenant() {
  const service = await openTestService();
  const tenant = await service.createTenant('acme');
  await writeAll(service);
  return { service, tenant, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

describe('audit events', () => {
  it('tell who did what, and from where', async () => {
    await using stand = await openWithTenant();
    const { service } = stand;
    service.clock.advance(1234);
    const { keyId } = await service.directory.createIngestKey('acme', 'scanner', actor);
    await writeAll(service);
    const [event, ...others] = await written(service);
    assert.deepEqual(others, []);
    assert.equal(event?.occurredAtMs, service.clock.nowMs());
    const { eventDetails, ...fields } = event.fields;
    assert.deepEqual(fields, {
      category: 'Admin Event',
      eventID: await service.directory.newestAuditEntry(),
      eventType: 'Admin Audit Trail',
      eventState: 'Admin Event',
      severity: 6,
      timestamp: new Date(service.clock.nowMs()).toISOString(),
      initiator: actor.name,
      ip: actor.address,
    });
    assert.match(String(eventDetails), /^Action:created an ingest key, Outcome:Success, Detail:/);
    assert.ok(String(eventDetails).includes(keyId));
  });

  it('tell of sign-ins of people, right and wrong, and leave those of programs to API Login', async () => {
    await using stand = await openWithTenant();
    const { service, tenant } = stand;
    const { directory } = service;
    const session = { method: 'password', userAgent: 'Firefox', ...origin } as const;
    await directory.startSession({ ...session, email: tenant.email });
    await directory.recordFailedSignIn(tenant.email, 'wrong password', origin);
    await directory.recordFailedSignIn('nobody@example.com', 'wrong password', origin);
    const principal = await directory.authenticateApiClient(tenant.clientId, tenant.clientSecret);
    assert.ok(principal);
    await directory.issueAccessToken(principal, 1000);
    await directory.endAllSessions(tenant.email, actor);
    await directory.auditTrail('acme', 1); // writes what waits
    await writeAll(service);
    const events = (await written(service)).map(({ severity, fields }) =>
      [fields['eventType'], fields['eventState'], fields['initiator'], fields['ip'], severity].join(
        '|',
      ),
    );
    assert.deepEqual(events.toSorted(), [
      `Admin Audit Trail|Admin Event|${actor.name}|${actor.address}|2`,
      `Admin Login|Failed|${tenant.email}|192.0.2.8|5`,
      `Admin Login|Success|${tenant.email}|192.0.2.8|2`,
    ]);
  });

  it('leave pulls out, which would feed themselves, and what is no tenant’s', async () => {
    await using stand = await openWithTenant();
    const { service } = stand;
    const { directory, clock } = service;
    const pull = { tenant: 'acme', actor, api: 'streams', status: 200, events: 1 };
    directory.recordPull({ ...pull, atMs: clock.nowMs() });
    await directory.auditTrail('acme', 1);
    await directory.inviteFirstOperator(actor);
    await writeAll(service);
    assert.deepEqual(await written(service), []);
  });

  it('begin at the newest entry there is', async () => {
    await using service = await openTestService();
    await service.createTenant('acme');
    await writeAll(service);
    assert.deepEqual(await written(service), []);
    await service.directory.changeTenant('acme', { title: 'Acme' }, actor);
    await writeAll(service);
    assert.equal((await written(service)).length, 1);
  });

  it('are written once, wherever a process ends between event and cursor', async () => {
    // Goal: nothing lost, nothing doubled. Method: more entries than a page holds; then the cursor of
    // every page before is put back, as if the process had ended before it was stored.
    await using stand = await openWithTenant();
    const { service } = stand;
    const { directory, store, clock } = service;
    const cursors = [(await store.checkpoint(cursorName)) ?? ''];
    for (let act = 0; act < 450; act += 1) {
      await directory.recordReading('acme', { action: 'looked', detail: `${act}` }, actor);
    }
    const events = new AuditEvents({ store, directory, clock, log: service.dependencies.log });
    while (!(await events.writePage(signal)).isCaughtUp) {
      cursors.push((await store.checkpoint(cursorName)) ?? '');
    }
    assert.equal(cursors.length, 3);
    const once = Array.from({ length: 450 }, (_, act) => detailOf('looked', `${act}`));
    for (const cursor of cursors) {
      await store.saveCheckpoint(cursorName, cursor);
      await writeAll(service);
      assert.deepEqual(await details(service), once);
    }
    assert.equal(new Set((await written(service)).map(({ id }) => id)).size, 450);
  });

  it('are left out while the tenant is disabled, or does not export their category', async () => {
    await using stand = await openWithTenant();
    const { service } = stand;
    const { directory } = service;
    await directory.changeExportSettings('acme', { categories: ['WebDAV'] }, actor);
    await writeAll(service);
    await directory.changeExportSettings('acme', { categories: ['Admin Event'] }, actor);
    await writeAll(service);
    await directory.setTenantEnabled('acme', false, actor);
    await writeAll(service);
    await directory.setTenantEnabled('acme', true, actor);
    await writeAll(service);
    const [first, ...others] = await details(service);
    assert.match(String(first), /^Action:changed the export settings,/);
    assert.deepEqual(others, [detailOf('enabled the tenant', 'acme')]);
  });

  it('do not bring back a deleted tenant’s stream, nor come into that of a later one', async () => {
    await using stand = await openWithTenant();
    const { service, tenant } = stand;
    const { directory, store, clock } = service;
    await directory.createIngestKey('acme', 'scanner', actor);
    await directory.deleteTenant('acme', actor);
    await writeAll(service);
    assert.equal(await store.streamInfo('acme/insync'), undefined);
    // A failed sign-in that is written late carries the time of the earlier tenant.
    const lateMs = clock.nowMs();
    clock.advance(1000);
    await service.createTenant('acme');
    clock.jumpTo(lateMs);
    await directory.recordFailedSignIn(tenant.email, 'wrong password', origin);
    await directory.auditTrail('acme', 1);
    await writeAll(service);
    const texts = await details(service);
    assert.equal(texts[0], detailOf('created the tenant', 'acme, edition Elite'));
    assert.ok(texts.every((text) => !String(text).includes('wrong password')));
  });

  it('keep to the tenant whose entries they are', async () => {
    await using stand = await openWithTenant();
    const { service } = stand;
    await service.directory.createTenant(
      { id: 'globex', title: 'Globex', edition: 'Elite' },
      actor,
    );
    await service.directory.changeTenant('acme', { title: 'Acme' }, actor);
    await writeAll(service);
    const changed = 'edition Elite → Elite, title acme → Acme';
    assert.deepEqual(await details(service, 'acme'), [detailOf('changed the tenant', changed)]);
    const created = 'globex, edition Elite';
    assert.deepEqual(await details(service, 'globex'), [detailOf('created the tenant', created)]);
  });

  it('go on from the newest entry of a directory that was put back from a backup', async () => {
    await using stand = await openWithTenant();
    const { service } = stand;
    await service.store.saveCheckpoint(cursorName, '{"entry":1000}');
    await writeAll(service);
    await service.directory.changeTenant('acme', { title: 'Acme' }, actor);
    await writeAll(service);
    assert.equal((await written(service)).length, 1);
    assert.ok(service.logLines.some((line) => line.includes('older than its events')));
  });

  it('are tried again while they cannot be written, until the end', async () => {
    await using stand = await openWithTenant();
    const { service } = stand;
    const { store, directory, clock, dependencies } = service;
    const cursor = (await store.checkpoint(cursorName)) ?? '';
    await store.saveCheckpoint(cursorName, 'damaged');
    await directory.changeTenant('acme', { title: 'Acme' }, actor);
    const end = new AbortController();
    const events = new AuditEvents({ store, directory, clock, log: dependencies.log });
    const following = events.follow(end.signal);
    await until(() => service.logLines.some((line) => line.includes('store_corrupt')));
    await store.saveCheckpoint(cursorName, cursor);
    let isThere = false;
    const arrival = store.waitBeyond('acme/insync', 0, 30_000).then(() => (isThere = true));
    await until(() => {
      clock.advance(2000);
      return isThere;
    });
    await arrival;
    end.abort();
    await following;
    assert.equal((await written(service)).length, 1);
  });
});
