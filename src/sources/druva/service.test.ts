import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type TailraceEvent, toStoredEvent } from '../../core/event.ts';
import { eventsOfLines } from '../../testing/events-of-lines.ts';
import { Secret } from '../../core/secret.ts';
import { compileCompletion } from '../../encode/kept-line.ts';
import { inSync } from '../../feeds/insync.ts';
import { startServer } from '../../http/server.ts';
import { openTestService, sampleEvent, type TestService } from '../../testing/export-service.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { Source, SourcePage } from '../source.ts';
import { druvaOptions } from './options.ts';
import { createDruvaSource } from './source.ts';

const signal = new AbortController().signal;
const stream = 'acme/insync';
const complete = compileCompletion(inSync);

describe('the Druva source at our own Events API', () => {
  for (const api of ['v1', 'v2'] as const) {
    for (const format of ['json', 'cef', 'syslog'] as const) {
      it(`pulls every event through ${api} as ${format}`, async () => {
        await using service = await openService();
        const sent = await append(service, 1, 7);
        const pages = await pullAll(service.source(api, format));
        const pulled = pages.flatMap((page) => eventsOfLines(page.events).map(complete));
        assert.equal(pulled.length, 7);
        for (const [index, event] of pulled.entries()) {
          const expected = sent[index];
          assert.equal(event.occurredAtMs, expected?.occurredAtMs);
          assert.equal(event.type, expected?.type);
          assert.equal(event.severity, expected?.severity);
          for (const name of [
            'initiator',
            'inSyncUserID',
            'inSyncUserName',
            'eventDetails',
            'ip',
          ]) {
            assert.equal(event.fields[name], expected?.fields[name]);
          }
          assert.equal(event.original !== undefined, format !== 'json');
        }
      });
    }

    it(`takes over the gap that ${api} reports`, async () => {
      await using service = await openService();
      await append(service, 1, 2);
      const source = service.source(api, 'json');
      const held = await pullAll(source);
      await append(service, 3, 5);
      service.clock.advance(86_400_000);
      const untilMs = service.clock.nowMs();
      await append(service, 6, 6, untilMs);
      await service.store.trim(stream, untilMs - 3_600_000);
      const page = await source.pull(held.at(-1)?.checkpoint, signal);
      const { reason, ...gap } = page.gap ?? { reason: '' };
      const fromMs = Date.parse(String(sampleEvent(2)['timestamp']));
      assert.deepEqual(gap, { fromMs, untilMs, count: 3 });
      assert.match(reason, /dropped them/);
    });
  }
});

interface RemoteService extends TestService {
  source(api: 'v1' | 'v2', format: 'json' | 'cef' | 'syslog'): Source;
}

async function openService(): Promise<RemoteService> {
  const service = await openTestService({ eventsApi: { pageEvents: 3 } });
  const tenant = await service.createTenant('acme');
  // Without this every pull would stand in the stream too, as an event of the audit trail.
  const categories = ['Backup And Restore'];
  await service.directory.changeExportSettings('acme', { categories }, { name: 'test' });
  const server = await startServer(
    { ...service.dependencies, metrics: new Registry() },
    service.options,
  );
  return {
    ...service,
    source: (api, format) => {
      const credentials =
        api === 'v1'
          ? { username: tenant.email, token: { env: tenant.token } }
          : { clientId: tenant.clientId, clientSecret: { env: tenant.clientSecret } };
      const options = { type: 'druva', api, format, url: server.url, ...credentials };
      return createDruvaSource('druva', stream, druvaOptions.parse(options), {
        clock: new ManualClock(),
        log: pino({ level: 'silent' }),
        readSecret: (reference) =>
          Promise.resolve(new Secret('env' in reference ? reference.env : '')),
      });
    },
    [Symbol.asyncDispose]: async () => {
      await server.close(0);
      await service[Symbol.asyncDispose]();
    },
  };
}

async function append(
  { store }: TestService,
  first: number,
  last: number,
  atMs?: number,
): Promise<readonly TailraceEvent[]> {
  const events = Array.from({ length: last - first + 1 }, (_, index) => {
    const { event } = inSync.readEvent(sampleEvent(first + index));
    return atMs === undefined ? event : { ...event, occurredAtMs: atMs };
  });
  await store.append({ stream, events: events.map(toStoredEvent) });
  return events;
}

async function pullAll(source: Source): Promise<SourcePage[]> {
  const pages: SourcePage[] = [];
  do {
    pages.push(await source.pull(pages.at(-1)?.checkpoint, signal));
  } while (pages.at(-1)?.caughtUp === false);
  return pages;
}
