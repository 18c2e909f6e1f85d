import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { parseConfig } from '../../config/read-config.ts';
import { Secret } from '../../core/secret.ts';
import { eventsOfLines } from '../../testing/events-of-lines.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { portOf } from '../../testing/port-of.ts';
import { plainAttack } from '../../testing/plain-attacks.ts';
import { apptranaSecrets, ScriptedApptrana } from '../../testing/scripted-apptrana.ts';
import { eventAt, sliceFrom } from '../../../test/contract/sink/slices.ts';
import { createAdapters, createSource } from './create-adapters.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);

describe('a source of attacks', () => {
  it('has severities as ModSecurity has them, unless it is configured otherwise', async () => {
    assert.equal(await severityOf(''), 9);
    assert.equal(await severityOf('    severities: [0, 1, 4, 6, 7, 8, 9, 10]\n'), 4);
  });
});

const streams = 80;
const atOnce = 64;

describe('a sink', () => {
  it(
    'has no connection for every stream, however many are behind',
    { timeout: 30_000 },
    async () => {
      const held: ServerResponse[] = [];
      await using server = createServer((request, response) => {
        if (request.method === 'GET') response.end();
        else held.push(response);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const url = `http://127.0.0.1:${portOf(server)}/`;
      const config = { dataDirectory: '/nowhere', sinks: [{ name: 'a', type: 'http', url }] };
      const { sinks } = await createAdapters(
        parseConfig(JSON.stringify(config), '/a.yaml').config,
        {
          clock: new ManualClock(),
          log: pino({ enabled: false }),
          readSecret: async () => new Secret('s'),
        },
      );
      await using sink = sinks[0]?.sink;
      assert.ok(sink?.kind === 'direct');
      const slice = sliceFrom([eventAt(1, 'line')]);
      const { signal } = new AbortController();
      const deliveries = Promise.all(
        Array.from({ length: streams }, () => sink.deliver(slice, signal)),
      );
      for (let answered = 0; answered < streams;) {
        const expected = Math.min(atOnce, streams - answered);
        while (held.length < expected) await once(server, 'request');
        // Whatever was sent with them has come before this.
        await (await fetch(url)).text();
        assert.equal(held.length, expected);
        answered += held.length;
        for (const response of held.splice(0)) response.writeHead(200).end();
      }
      await deliveries;
    },
  );
});

/** The severity of an attack that the service calls critical (2). */
async function severityOf(more: string): Promise<number | undefined> {
  const clock = new ManualClock(nowMs);
  await using vendor = await ScriptedApptrana.start({ nowMs: () => clock.nowMs() });
  vendor.add([plainAttack(1, nowMs - 60_000)]);
  const { config } = parseConfig(
    `sources:
  - name: apptrana
    type: apptrana
    stream: acme/apptrana
    url: ${vendor.url}
    apiId: APIKEYexample01
    apiKey: { env: KEY }
    backfill: 2m
    settle: 0s
${more}`,
    '/etc/tailrace.yaml',
  );
  const [entry = assert.fail()] = config.sources;
  const log = pino({ level: 'silent' });
  const source = await createSource(entry, { clock, log, readSecret: apptranaSecrets });
  const { signal } = new AbortController();
  const { checkpoint } = await source.pull(undefined, signal);
  const { events } = await source.pull(checkpoint, signal);
  return eventsOfLines(events)[0]?.severity;
}
