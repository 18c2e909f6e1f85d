import type { HttpContext } from './http-env.ts';
import { HttpError } from './http-error.ts';
import type { HealthCheck, HealthReport } from './health.ts';
import type { Service } from './service.ts';

/** `/healthz`: the process runs and answers. */
export function live(c: HttpContext): Response {
  return c.json({ status: 'ok' });
}

/** `/readyz`: 200 when requests can be served, 503 otherwise; which check failed stands in the body. */
export async function ready(
  c: HttpContext,
  { health, storeProbe, closing }: Pick<Service, 'health' | 'storeProbe' | 'closing'>,
): Promise<Response> {
  const report = health();
  const checks: Record<string, HealthCheck> = {
    ...report.checks,
    store: await storeProbe.check(),
    serving: closing.aborted ? { ok: false, detail: 'shutting down' } : { ok: true },
  };
  return answerReport(c, report.ready, checks);
}

export function answerReport(
  c: HttpContext,
  isReady: boolean,
  checks: HealthReport['checks'],
): Response {
  const isAllOk = isReady && Object.values(checks).every(({ ok }) => ok);
  c.header('cache-control', 'no-store');
  return c.json({ ready: isAllOk, checks }, isAllOk ? 200 : 503);
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
