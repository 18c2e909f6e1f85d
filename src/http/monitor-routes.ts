import type { HttpContext } from './http-env.ts';
import { HttpError } from './http-error.ts';
import type { HealthCheck, HealthReport } from './health.ts';
import type { Networks } from './networks.ts';
import type { Service } from './service.ts';

/** `/healthz`: the process runs and answers. */
export function live(c: HttpContext): Response {
  return c.json({ status: 'ok' });
}

/** `/readyz`: 200 when requests can be served, 503 otherwise; in the body which check failed. */
export async function ready(
  c: HttpContext,
  service: Pick<Service, 'health' | 'storeProbe' | 'closing' | 'metricsReaders'>,
): Promise<Response> {
  const { health, storeProbe, closing, metricsReaders } = service;
  const report = health();
  const checks: Record<string, HealthCheck> = {
    ...report.checks,
    store: await storeProbe.check(),
    serving: closing.aborted ? { ok: false, detail: 'shutting down' } : { ok: true },
  };
  return answerReport(c, { ready: report.ready, checks }, metricsReaders);
}

/**
 * Sources, sinks and what they say name tenants: they are for the addresses that may read metrics.
 * Others learn what kind of check has failed.
 */
export function answerReport(
  c: HttpContext,
  { ready: isReady, checks }: HealthReport,
  metricsReaders: Networks,
): Response {
  const isAllOk = isReady && Object.values(checks).every(({ ok }) => ok);
  const mayRead = metricsReaders.has(c.get('client').address);
  c.header('cache-control', 'no-store');
  const shown = mayRead ? checks : failedKinds(checks);
  return c.json({ ready: isAllOk, checks: shown }, isAllOk ? 200 : 503);
}

/** Of `sink siem acme/insync` the first word. */
function failedKinds(checks: HealthReport['checks']): HealthReport['checks'] {
  const failed = Object.entries(checks).filter(([, { ok }]) => !ok);
  return Object.fromEntries(failed.map(([name]) => [name.replace(/ .*/s, ''), { ok: false }]));
}

/** `/metrics` in Prometheus' text format, for the addresses that may know the tenants' names. */
export async function metrics(
  c: HttpContext,
  { registry, metricsReaders }: Pick<Service, 'registry' | 'metricsReaders'>,
): Promise<Response> {
  if (!metricsReaders.has(c.get('client').address)) {
    throw new HttpError('forbidden', 'metrics are not for this address; see serve.metricsFor');
  }
  return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
}
