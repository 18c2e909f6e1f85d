import { Hono } from 'hono';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from '../core/clock.ts';
import type { HealthReport } from './health.ts';
import type { HttpEnv } from './http-env.ts';
import { clientOf } from './client.ts';
import { HttpError, errorAnswer } from './http-error.ts';
import { openListener } from './listener.ts';
import type { RunningServer } from './listener.ts';
import { answerReport, live, metrics } from './monitor-routes.ts';
import { Networks } from './networks.ts';
import { serveOptions } from './options.ts';
import type { MonitorOptions } from './options.ts';

export interface MonitorDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  health(): HealthReport;
}

/** Serves `/healthz`, `/readyz` and `/metrics` and nothing else, for a process that has no `serve:`. */
export async function startMonitor(
  dependencies: MonitorDependencies,
  { listen }: MonitorOptions,
): Promise<RunningServer> {
  const { clock, log, metrics: registry } = dependencies;
  const closing = new AbortController();
  const { limits, metricsFor } = serveOptions.parse({});
  const metricsReaders = new Networks(metricsFor);
  const noProxies = new Networks([]);
  const app = new Hono<HttpEnv>();
  app.use('*', async (c, next) => {
    c.set(
      'client',
      clientOf(c.env.incoming, (name) => c.req.header(name), noProxies),
    );
    await next();
  });
  app.get('/healthz', live);
  app.get('/readyz', (c) => answerReport(c, dependencies.health(), metricsReaders));
  app.get('/metrics', (c) => metrics(c, { registry, metricsReaders }));
  app.notFound((c) => c.json(errorAnswer(new HttpError('not_found', 'not here'), '').body, 404));
  app.onError((error, c) => {
    const { status, body, headers } = errorAnswer(error, '');
    if (status === 500) log.error({ err: error }, 'monitoring request failed');
    return c.json(body, status, headers);
  });
  const fetch = (request: Request, env: HttpEnv['Bindings']) => app.fetch(request, env);
  return openListener({ listen, tls: undefined, limits, clock, log, closing, fetch });
}
