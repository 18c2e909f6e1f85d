import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { parseConfig } from '../../config/read-config.ts';
import { eventsOfLines } from '../../testing/events-of-lines.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { plainAttack } from '../../testing/plain-attacks.ts';
import { apptranaSecrets, ScriptedApptrana } from '../../testing/scripted-apptrana.ts';
import { createSource } from './create-adapters.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);

describe('a source of attacks', () => {
  it('has severities as ModSecurity has them, unless it is configured otherwise', async () => {
    assert.equal(await severityOf(''), 9);
    assert.equal(await severityOf('    severities: [0, 1, 4, 6, 7, 8, 9, 10]\n'), 4);
  });
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
  const { events } = await source.pull(undefined, new AbortController().signal);
  return eventsOfLines(events)[0]?.severity;
}
