import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import { request } from 'undici';
import { ManualClock } from '../testing/manual-clock.ts';
import type { HealthReport } from './health.ts';
import { startMonitor } from './monitor.ts';

it('a monitor answers health and metrics and nothing else', async () => {
  const metrics = new Registry();
  new Counter({ name: 'tailrace_example_total', help: 'x', registers: [metrics] }).inc(3);
  let report: HealthReport = { ready: true, checks: { source: { ok: true } } };
  const log = pino({ level: 'silent' });
  const dependencies = { clock: new ManualClock(), log, metrics, health: () => report };
  const monitor = await startMonitor(dependencies, { listen: '127.0.0.1:0' });
  const get = async (path: string): Promise<[number, string]> => {
    const { statusCode, body } = await request(monitor.url + path);
    return [statusCode, await body.text()];
  };
  assert.deepEqual(await get('/healthz'), [200, '{"status":"ok"}']);
  assert.deepEqual(await get('/readyz'), [200, '{"ready":true,"checks":{"source":{"ok":true}}}']);
  report = { ready: false, checks: { source: { ok: false, detail: 'refused' } } };
  assert.equal((await get('/readyz'))[0], 503);
  assert.match((await get('/metrics'))[1], /tailrace_example_total 3/);
  assert.equal((await get('/api/events/v1'))[0], 404);
  await monitor.close(1);
});
