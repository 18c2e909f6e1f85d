import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { storedEventOfLine, toStoredEvent } from '../../../../core/event.ts';
import { inSync } from '../../../../feeds/insync.ts';
import { createPerson, signIn } from '../../../../testing/console-visitor.ts';
import type { ConsoleVisitor } from '../../../../testing/console-visitor.ts';
import { openTestService, sampleBatch, sampleEvent } from '../../../../testing/export-service.ts';
import type { TestService } from '../../../../testing/export-service.ts';
import { until } from '../../../../testing/until.ts';
import type { EventDetail, EventPage } from '../../api-types.ts';

const eventsPath = '/tenants/acme/events/insync';

let service: TestService;
let visitor: ConsoleVisitor;

before(async () => {
  service = await openTestService({ limits: { longPolls: 100 } });
  const { ingest } = await service.createTenant('acme');
  await createPerson(service, 'viewer@acme.example.com', 'viewer', 'acme');
  visitor = await signIn(service, 'viewer@acme.example.com');
  for (let first = 1; first <= 300; first += 100) {
    await service.app.request('/ingest/v1/acme/insync', {
      method: 'POST',
      headers: { authorization: ingest },
      body: sampleBatch(100, first),
    });
  }
});
after(() => service[Symbol.asyncDispose]());

async function page(query: string, path = eventsPath): Promise<EventPage> {
  const response = await visitor.send('GET', `${path}${query}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const answer: EventPage = JSON.parse(text);
  return answer;
}

async function detail(position: number, path = eventsPath): Promise<EventDetail> {
  const response = await visitor.send('GET', `${path}/${position}`);
  assert.equal(response.status, 200);
  const answer: EventDetail = JSON.parse(await response.text());
  return answer;
}

async function append(tenant: string, numbers: readonly number[], state = 'Success') {
  const events = numbers.map((number) =>
    toStoredEvent(inSync.readEvent({ ...sampleEvent(number), eventState: state }).event),
  );
  await service.store.append({ stream: `${tenant}/insync`, events });
}

async function download(query: string): Promise<{ headers: Headers; text: string }> {
  const response = await visitor.send('GET', `${eventsPath}/download?${query}`);
  const text = Buffer.from(await response.arrayBuffer()).toString();
  assert.equal(response.status, 200, text);
  return { headers: response.headers, text };
}

/** Resolves when the next tail waits for events. */
async function untilAsleep(): Promise<void> {
  const { sleeps } = service.clock;
  const sleptBefore = sleeps.length;
  await until(() => sleeps.slice(sleptBefore).includes(25_000));
}

function positions({ events }: EventPage): number[] {
  return events.map(({ position }) => position);
}

describe('GET /tenants/:tenant/events/:feed', () => {
  it('gives the newest events first, a hundred of them', async () => {
    const first = await page('');
    assert.equal(first.events.length, 100);
    assert.deepEqual([positions(first)[0], first.next, first.headPosition], [300, 201, 300]);
    assert.deepEqual(first.events[0], {
      position: 300,
      id: first.events[0]?.id,
      occurredAtMs: Date.UTC(2026, 10, 20) + 300_000,
      category: 'Backup And Restore',
      type: 'Backup',
      state: 'Success',
      severity: 2,
      summary: 'event number 300',
      columns: ['ernie.carter@example.com', 'Ernie', '', '192.0.2.7'],
      isGap: false,
    });
    assert.deepEqual(first.scan, {
      scannedEvents: 100,
      share: 100 / 300,
      reachedMs: Date.UTC(2026, 10, 20) + 201_000,
    });
    const last = await page('?before=21&limit=20');
    assert.deepEqual([positions(last).at(-1), last.next, last.scan.share], [1, null, 1]);
  });

  it('finds by text, time and names together', async () => {
    const fromMs = Date.UTC(2026, 10, 20) + 295_000;
    assert.deepEqual(positions(await page('?text=ERNIE%20%20carter&limit=2')), [300, 299]);
    assert.deepEqual(positions(await page('?text=1203590138%20number')), [279]);
    assert.deepEqual(
      positions(await page(`?text=event&fromMs=${fromMs}&untilMs=${fromMs + 2000}`)),
      [296, 295],
    );
    const query = `?type=Backup&state=Success&category=Backup%20And%20Restore&minimumSeverity=2`;
    assert.deepEqual(positions(await page(`${query}&limit=2`)), [300, 299]);
    assert.deepEqual(positions(await page('?minimumSeverity=3')), []);
  });

  it('says how far a search by time has come', async () => {
    const start = Date.UTC(2026, 10, 20);
    const times = `fromMs=${start + 101_000}&untilMs=${start + 201_000}`;
    const { next, scan, events } = await page(`?${times}&limit=50`);
    assert.equal(events.length, 50);
    assert.deepEqual([next, scan.share, scan.reachedMs], [151, 0.5, start + 151_000]);
  });

  it('refuses what is no filter, naming the field', async () => {
    const cases: readonly (readonly [query: string, field: string, message: string])[] = [
      ['limit=0', 'limit', 'must be 1 to 500, got 0'],
      ['before=-1', 'before', 'must be 0 to 281474976710655, got -1'],
      ['minimumSeverity=11', 'minimumSeverity', 'must be 0 to 10, got 11'],
      ['before=2&after=1', 'after', 'must not be given together with before'],
      [`text=${'x'.repeat(201)}`, 'text', 'must be at most 200 characters'],
    ];
    for (const [query, field, message] of cases) {
      const response = await visitor.send('GET', `${eventsPath}?${query}`);
      assert.equal(response.status, 400, query);
      const { fields }: { fields: Record<string, string> } = JSON.parse(await response.text());
      assert.deepEqual(fields, { [field]: message });
    }
    assert.equal((await visitor.send('GET', '/tenants/acme/events/nope')).status, 404);
    assert.equal((await visitor.send('GET', '/tenants/globex/events/insync')).status, 403);
  });

  it('is empty for a feed without events', async () => {
    const empty = await page('', '/tenants/acme/events/apptrana');
    assert.deepEqual(empty, {
      events: [],
      next: null,
      headPosition: 0,
      scan: { scannedEvents: 0, share: 1, reachedMs: null },
    });
  });
});

describe('the live tail', () => {
  it('gives what is behind a position, oldest first', async () => {
    const tail = await page('?after=297');
    assert.deepEqual(positions(tail), [298, 299, 300]);
    assert.deepEqual([tail.next, tail.scan.share], [300, 1]);
    assert.deepEqual(positions(await page('?after=290&limit=2')), [291, 292]);
    const response = await visitor.send('GET', `${eventsPath}?after=1000`);
    assert.match(await response.text(), /after must be at most the head position 300, got 1000/);
  });

  it('keeps to the times of the filter', async () => {
    const untilMs = Date.UTC(2026, 10, 20) + 299_000;
    assert.deepEqual(positions(await page(`?after=290&limit=500&untilMs=${untilMs}`)).at(-1), 298);
  });

  it('waits for an event that is wanted, and passes over others', async () => {
    await service.createTenant('tail');
    await createPerson(service, 'viewer@tail.example.com', 'viewer', 'tail');
    const other = await signIn(service, 'viewer@tail.example.com');
    await append('tail', [1]);
    const pending = other.send('GET', '/tenants/tail/events/insync?after=1&state=Failed');
    const { longPolls } = service.service;
    await until(() => longPolls.size === 1);
    await append('tail', [2, 3]);
    await append('tail', [4], 'Failed');
    const answer: EventPage = JSON.parse(await (await pending).text());
    assert.deepEqual([positions(answer), answer.next], [[4], 4]);
    assert.equal(longPolls.size, 0);
  });

  it('looks at events when it is its turn', async (t) => {
    const { tails } = service.service.resources;
    const gate = Promise.withResolvers<void>();
    const others = [1, 2, 3].map(() => tails.run('other', () => gate.promise));
    const turns = t.mock.method(tails, 'run');
    const reads = t.mock.method(service.store, 'readAfter');
    let isDone = false;
    const pending = page('?after=0&text=number').finally(() => (isDone = true));
    await until(() => turns.mock.callCount() === 1 || isDone);
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    assert.deepEqual([isDone, reads.mock.callCount()], [false, 0]);
    gate.resolve();
    await Promise.all([...others, pending]);
    assert.ok(reads.mock.callCount() > 0);
  });

  it('answers however many an event wakes at once, and meanwhile others', async () => {
    // Goal: nobody who looks on is refused. Method: more tails of one stream than take turns at one
    // time and than a search's queue has places for one stream.
    await service.createTenant('crowd');
    await createPerson(service, 'viewer@crowd.example.com', 'viewer', 'crowd');
    const crowd = await signIn(service, 'viewer@crowd.example.com');
    await append('crowd', [1]);
    const path = '/tenants/crowd/events/insync?after=1';
    let answered = 0;
    const pending = Array.from({ length: 40 }, () =>
      crowd.send('GET', path).finally(() => (answered += 1)),
    );
    const { longPolls } = service.service;
    await until(() => longPolls.size + answered === pending.length);
    assert.deepEqual(positions(await page('?after=298')), [299, 300]);
    await append('crowd', [2]);
    const answers = await Promise.all(pending);
    assert.deepEqual(
      answers.map(({ status }) => status),
      pending.map(() => 200),
    );
  });

  it('looks now and then when it finds no place among those that wait', async (t) => {
    const { longPolls, options } = service.service;
    const others = Array.from({ length: options.limits.longPolls }, () => Promise.resolve());
    for (const other of others) longPolls.add(other);
    const reads = t.mock.method(service.store, 'readAfter');
    const { sleeps } = service.clock;
    const sleptBefore = sleeps.length;
    const pending = visitor.send('GET', `${eventsPath}?after=300`);
    await until(() => sleeps.slice(sleptBefore).includes(1000));
    assert.equal(reads.mock.callCount(), 1);
    service.clock.advance(25_000);
    assert.equal((await pending).status, 200);
    for (const other of others) longPolls.delete(other);
  });

  it('gives nothing to somebody who was removed while it waited', async () => {
    await createPerson(service, 'leaver@acme.example.com', 'viewer', 'acme');
    const leaver = await signIn(service, 'leaver@acme.example.com');
    const sleeping = untilAsleep();
    const pending = leaver.send('GET', `${eventsPath}?after=300`);
    await sleeping;
    await service.directory.removePerson('acme', 'leaver@acme.example.com', { name: 'test' });
    service.clock.advance(25_000);
    assert.equal((await pending).status, 401);
  });

  it('ends after 25 seconds, and when the client has gone', async () => {
    const { longPolls } = service.service;
    const { sleeps } = service.clock;
    const sleptBefore = sleeps.length;
    const pending = visitor.send('GET', `${eventsPath}?after=300`);
    await until(() => sleeps.slice(sleptBefore).includes(25_000));
    service.clock.advance(25_000);
    const answer: EventPage = JSON.parse(await (await pending).text());
    assert.deepEqual([answer.events, answer.next], [[], 300]);

    const leaving = new AbortController();
    const left = service.app.request(`/console/api${eventsPath}?after=300`, {
      headers: { cookie: visitor.cookie },
      signal: leaving.signal,
    });
    await until(() => longPolls.size === 1);
    leaving.abort();
    await left;
    assert.equal(longPolls.size, 0);
  });
});

describe('GET /tenants/:tenant/events/:feed/:position', () => {
  it('shows every attribute in the order of the feed, with its description', async () => {
    const { attributes, feed, original } = await detail(7);
    assert.deepEqual([feed, original], ['insync', null]);
    assert.deepEqual(
      attributes.map(({ name }) => name),
      [
        'initiator',
        'eventType',
        'inSyncUserID',
        'eventState',
        'eventDetails',
        'ip',
        'inSyncUserName',
        'eventID',
        'category',
        'severity',
        'timestamp',
      ],
    );
    assert.deepEqual(attributes[0], {
      name: 'initiator',
      description: 'Who initiated the event; for a system event the name of the system.',
      value: 'ernie.carter@example.com',
    });
  });

  it('shows its line in every format and profile', async () => {
    const { lines } = await detail(7);
    const line = (format: string, profile: string): string =>
      lines.find((one) => one.format === format && one.profile === profile)?.line ?? '';
    assert.equal(lines.length, 6);
    assert.match(
      line('cef', 'vendor'),
      /^Nov 20 2026 00:00:07 .*CEF:0\|Druva\|inSync\|1\|\|Backup\|6\|/,
    );
    assert.match(line('cef', 'strict'), /CEF:0\|Druva\|inSync\|1\|[^|]+\|Backup\|2\|/);
    assert.match(line('syslog', 'vendor'), /^<190>1 2026-11-20T00:00:07Z/);
    assert.match(line('syslog', 'strict'), /^<190>1 .*\[/);
    assert.match(line('json', 'vendor'), /"eventDetails":"event number 7"/);
  });

  it('gives out a line that was received as it came, and the attributes in it', async () => {
    const { lines } = await detail(7);
    const original = lines[0]?.line.replace('event number 7', 'from a line') ?? '';
    const { event } = inSync.readEvent(sampleEvent(7));
    const stream = 'acme/apptrana';
    await service.store.append({
      stream: 'acme/insync',
      events: [storedEventOfLine(event, JSON.stringify(original))],
    });
    const kept = await detail(301);
    assert.equal(kept.original, original);
    assert.equal(kept.lines[0]?.line, original);
    assert.equal(kept.summary, 'from a line');
    assert.deepEqual(
      kept.attributes.find(({ name }) => name === 'eventDetails')?.value,
      'from a line',
    );
    assert.equal((await service.store.streamInfo(stream))?.headPosition, undefined);
  });

  it('is not there for a position that does not exist, or is none', async () => {
    for (const position of ['0', '302', 'x', '1e3', '-1']) {
      assert.equal((await visitor.send('GET', `${eventsPath}/${position}`)).status, 404, position);
    }
  });
});

describe('GET /tenants/:tenant/events/:feed/download', () => {
  it('stands in the audit trail', async () => {
    await download('as=csv');
    await download('as=json&text=number%2024');
    const { entries } = await service.directory.auditPage({ tenant: 'acme', limit: 2 });
    assert.deepEqual(
      entries.map((entry) => [entry.action, entry.detail]),
      [
        ['downloaded events', 'insync as json, a part'],
        ['downloaded events', 'insync as csv'],
      ],
    );
  });

  it('stands there only when a file is given out', async () => {
    const { downloads } = service.service.resources;
    const newest = async () => (await service.directory.auditPage({ limit: 1 })).entries[0]?.id;
    const seen = await newest();
    await visitor.send('HEAD', `${eventsPath}/download?as=csv`);
    while (downloads.take('acme'));
    const refused = await visitor.send('GET', `${eventsPath}/download?as=csv`);
    for (const _ of [1, 2]) downloads.giveBack('acme');
    assert.equal(refused.status, 503);
    assert.equal(await newest(), seen);
  });

  it('is not given out when the audit trail cannot be written, and takes no place then', async (t) => {
    const recording = t.mock.method(service.directory, 'recordReading', () =>
      Promise.reject(new Error('the disk is full')),
    );
    for (let count = 0; count < 3; count += 1) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const response = await visitor.send('GET', `${eventsPath}/download?as=csv`);
      assert.equal(response.status, 500);
    }
    recording.mock.restore();
    await download('as=csv');
  });

  it('is a file under a name of ours', async () => {
    const { headers } = await download('as=csv&text=number%2024');
    assert.equal(headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(
      headers.get('content-disposition') ?? '',
      /^attachment; filename="acme-insync-\d{8}T\d{6}Z\.csv"$/,
    );
  });

  it('holds the wanted events, newest first, in each format', async () => {
    const lines = async (as: string) =>
      (await download(`as=${as}&text=1203590158`)).text.split(/\r?\n/).filter(Boolean);
    const [head, record, ...rest] = await lines('csv');
    assert.match(
      head ?? '',
      /^\uFEFFposition,time \(UTC\),category,type,severity 0-10,id,initiator,/,
    );
    assert.match(record ?? '', /^299,2026-11-20T00:04:59\.000Z,Backup And Restore,Backup,2,/);
    assert.deepEqual(rest, []);
    assert.match(
      (await lines('cef'))[0] ?? '',
      / CEF:0\|Druva\|inSync\|1\|\|Backup\|6\|.*number 299/,
    );
    assert.match((await lines('syslog'))[0] ?? '', /^<190>1 .*number 299/);
    assert.match((await lines('json'))[0] ?? '', /^\{.*"eventDetails":"event number 299"/);
    const all = (await download('as=json')).text.trimEnd().split('\n');
    assert.equal(all.length, 301);
    assert.match(all[1] ?? '', /event number 300"/);
  });

  it('guards against formulas in what attackers write', async () => {
    const attack = '=HYPERLINK("http://203.0.113.9/","click")';
    const { event } = inSync.readEvent({
      ...sampleEvent(1),
      eventDetails: attack,
      initiator: '@x',
    });
    await service.createTenant('csv');
    await service.store.append({ stream: 'csv/insync', events: [toStoredEvent(event)] });
    await createPerson(service, 'viewer@csv.example.com', 'viewer', 'csv');
    const other = await signIn(service, 'viewer@csv.example.com');
    const text = await (
      await other.send('GET', '/tenants/csv/events/insync/download?as=csv')
    ).text();
    assert.ok(text.includes(`"'${attack.replaceAll('"', '""')}"`), text);
    assert.ok(text.includes(",'@x,"), text);
  });

  it('takes only so many at one time, and again when they are done', async () => {
    const { downloads } = service.service.resources;
    const others = ['a', 'b', 'c', 'd'];
    for (const other of others) while (downloads.take(other));
    const response = await visitor.send('GET', `${eventsPath}/download?as=csv`);
    assert.equal(response.status, 503);
    for (const other of others) for (const _ of [1, 2]) downloads.giveBack(other);
    for (let count = 0; count < 6; count += 1) await download('as=csv&text=number%20299');
  });

  it('leaves places to others, whatever one tenant does not read', async () => {
    const unread = [1, 2, 3].map(() => visitor.send('GET', `${eventsPath}/download?as=csv`));
    const answers = await Promise.all(unread);
    assert.equal(answers.filter(({ status }) => status === 503).length, 1);
    await service.createTenant('reader');
    await createPerson(service, 'viewer@reader.example.com', 'viewer', 'reader');
    const reader = await signIn(service, 'viewer@reader.example.com');
    const path = '/tenants/reader/events/insync/download?as=csv';
    assert.equal((await (await reader.send('GET', path)).text()).split('\n').length, 2);
    for (const { body } of answers) void body?.cancel();
    await Promise.all(service.service.streaming);
    await download('as=csv');
  });

  it('takes no place for HEAD, which nobody would give back', async () => {
    for (let count = 0; count < 9; count += 1) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const response = await visitor.send('HEAD', `${eventsPath}/download?as=csv`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
    }
    assert.equal(service.service.streaming.size, 0);
    await download('as=csv');
  });

  it('refuses a format that it does not know', async () => {
    const response = await visitor.send('GET', `${eventsPath}/download?as=xls`);
    assert.equal(response.status, 400);
  });
});

describe('GET /tenants/:tenant/feeds', () => {
  it('names categories, types and states, gap records among them', async () => {
    const { feeds } = await visitor.ask(
      'GET /tenants/:tenant/feeds',
      undefined,
      '/tenants/acme/feeds',
    );
    const [inSyncView, appTranaView] = feeds;
    assert.equal(inSyncView?.title, 'inSync');
    assert.deepEqual(inSyncView?.categories.find(({ name }) => name === 'System Event')?.types, [
      { name: 'AD Sync', states: ['Success', 'Failed'] },
      { name: 'Event Gap', states: ['Failed'] },
    ]);
    assert.deepEqual(appTranaView?.categories.at(-1), {
      name: 'Event Gap',
      types: [{ name: 'Event Gap', states: ['Log'] }],
    });
    assert.deepEqual(appTranaView?.columns[0], { field: 'attackerIP', title: 'Attacker' });
  });
});
