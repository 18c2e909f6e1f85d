import { availableParallelism } from 'node:os';
import { OpenAPIHono } from '@hono/zod-openapi';
import { compileEncoder } from '../encode/compile-encoder.ts';
import { appTranaFeed } from '../feeds/apptrana.ts';
import { feedNamed, feeds } from '../feeds/feeds.ts';
import { ApiLogins } from './api-logins.ts';
import { SignInState } from './console-api/console-parts.ts';
import { createConsoleResources } from './console-api/resources/console-resources.ts';
import { OidcProvider } from './console-api/oidc/provider.ts';
import { consoleRoutes } from './console-api/route.ts';
import { pageRoutes } from './console-page/route.ts';
import { v1Path, eventsV1 } from './events-api/v1.ts';
import { v2Path, eventsV2 } from './events-api/v2.ts';
import { issueToken, tokenPath } from './events-api/token.ts';
import { EventWorkers } from './event-workers/event-workers.ts';
import { ExportPages } from './export-pages.ts';
import { Gate } from './gate.ts';
import { StoreProbe } from './health.ts';
import type { HttpContext, HttpEnv } from './http-env.ts';
import { HttpError } from './http-error.ts';
import { HttpMetrics } from './http-metrics.ts';
import { ingest } from './ingest/route.ts';
import { ByteBudget } from './limits/byte-budget.ts';
import { live, metrics, ready } from './monitor-routes.ts';
import { Networks } from './networks.ts';
import { describeApi } from './openapi.ts';
import type { ServeOptions } from './options.ts';
import { PositionMarks } from './position-marks.ts';
import { answerError, requestFrame } from './request-frame.ts';
import type { ServerDependencies, Service } from './service.ts';
import { AttackAnswers } from './siem-api/attack-answers.ts';
import { getAttackInfo } from './siem-api/attack-info.ts';
import { issueAuthToken } from './siem-api/auth-token.ts';
import { authorize } from './siem-api/authorize.ts';
import { attackInfoPath, authTokenPath, authorizePath } from './siem-api/error-messages.ts';
import { ConnectorStarts } from './streams-api/connector-starts.ts';
import { readStream } from './streams-api/route.ts';

/** The application without sockets: tests call `app.request()`. */
export interface ServiceApp {
  readonly app: OpenAPIHono<HttpEnv>;
  readonly service: Service;
}

type Handler = (c: HttpContext, service: Service) => Response | Promise<Response>;

/** Every endpoint: path in Hono's writing, method, handler. */
const endpoints: readonly (readonly [path: string, method: 'GET' | 'POST', handler: Handler])[] = [
  ['/ingest/v1/:tenant/:feed', 'POST', ingest],
  [v1Path, 'GET', eventsV1],
  [tokenPath, 'POST', issueToken],
  [v2Path, 'GET', eventsV2],
  ['/streams/v1/:feed', 'GET', readStream],
  [authorizePath, 'GET', authorize],
  [authTokenPath, 'POST', issueAuthToken],
  [attackInfoPath, 'POST', getAttackInfo],
  ['/healthz', 'GET', live],
  ['/readyz', 'GET', ready],
  ['/metrics', 'GET', metrics],
];

/** Threads for large batches and pages, and how long they stay without any. */
const eventThreadsMax = 4;
const eventThreadIdleMs = 10_000;

/** `closing` aborts when the server begins to close. */
export function createApp(
  dependencies: ServerDependencies,
  options: ServeOptions,
  closing: AbortSignal,
): ServiceApp {
  const app = new OpenAPIHono<HttpEnv>();
  const service = createService(dependencies, options, closing, (request, env) =>
    app.fetch(request, env),
  );
  app.use('*', requestFrame({ ...service, headerCountMax: options.limits.headerCount }));
  app.onError((error, c) => answerError(c, service, error));
  app.notFound((c) => {
    const message = 'Requested API not found';
    return answerError(c, service, new HttpError('not_found', message));
  });
  for (const [path, method, handler] of endpoints) {
    app.on(method, path, (c) => handler(c, service));
    app.all(path, (c) => answerError(c, service, methodNotAllowed(c.req.method, [method])));
  }
  if (dependencies.console !== undefined && options.console.enabled) mountConsole(app, service);
  describeApi(app.openAPIRegistry);
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Tailrace', version: '1', description: 'Export of security events to SIEMs.' },
  });
  return { app, service };
}

function mountConsole(app: OpenAPIHono<HttpEnv>, service: Service): void {
  const routes = [...consoleRoutes(), ...pageRoutes()];
  const methods = Map.groupBy(routes, ({ path }) => path);
  for (const { method, path, answer } of routes) {
    app.on(method, path, (c) => answer(c, service));
  }
  for (const [path, offered] of methods) {
    const allowed = offered.map(({ method }) => method);
    app.all(path, (c) => answerError(c, service, methodNotAllowed(c.req.method, allowed)));
  }
}

function createService(
  { metrics: registry, scratchDirectory, ...dependencies }: ServerDependencies,
  options: ServeOptions,
  closing: AbortSignal,
  request: Service['request'],
): Service {
  const { store, directory, clock, log, console, instance, connections } = dependencies;
  const optional = {
    ...(console && { console }),
    ...(instance && { instance }),
    ...(connections && { connections }),
  };
  const httpMetrics = new HttpMetrics(registry, store);
  const answers = new ByteBudget('answers', options.limits.answersInFlight);
  const streaming = new Set<Promise<void>>();
  const attackFeed = appTranaFeed(options.siemApi);
  const workers = new EventWorkers({
    start: { severities: attackFeed.severities },
    log,
    threadsMax: Math.max(1, Math.min(availableParallelism() - 1, eventThreadsMax)),
    idleMs: eventThreadIdleMs,
    closing,
  });
  return {
    store,
    directory,
    clock,
    log,
    health: () => dependencies.health(),
    options,
    feeds: feeds.map((feed) => (feed.name === attackFeed.name ? attackFeed : feed)),
    feedNamed: (name) => (name === attackFeed.name ? attackFeed : feedNamed(name)),
    registry,
    request,
    metrics: httpMetrics,
    ...optional,
    oidc: oidcProvider(dependencies, options),
    signIn: new SignInState(options.rateLimits, clock),
    resources: createConsoleResources({ store, clock, log, closing, options }),
    gate: new Gate({ directory, clock, metrics: httpMetrics }, options.rateLimits),
    marks: new PositionMarks(store),
    pages: new ExportPages({
      store,
      clock,
      metrics: httpMetrics,
      compileEncoder,
      workers,
      pageBytes: options.eventsApi.pageSize,
      cacheBytes: options.eventsApi.pageCache,
    }),
    workers,
    attacks: new AttackAnswers({
      store,
      answers,
      options: options.siemApi,
      retryAfterMs: options.rateLimits.retryAfter,
      scratchDirectory,
    }),
    connectorStarts: new ConnectorStarts(store),
    apiLogins: new ApiLogins({ store, directory, clock, log }),
    storeProbe: new StoreProbe(store, clock),
    trustedProxies: new Networks(options.trustProxy),
    metricsReaders: new Networks(options.metricsFor),
    bodies: new ByteBudget('request bodies', options.limits.bodiesInFlight),
    answers,
    streaming,
    longPolls: new Set(),
    closing,
  };
}

function oidcProvider(
  { console: parts, clock }: Pick<ServerDependencies, 'console' | 'clock'>,
  { console: { oidc } }: ServeOptions,
): OidcProvider | undefined {
  if (parts === undefined || oidc === undefined) return undefined;
  return new OidcProvider(oidc, parts.readSecret, clock);
}

function methodNotAllowed(method: string, allowed: readonly string[]): HttpError {
  const allow = allowed.map((name) => (name === 'GET' ? 'GET, HEAD' : name)).join(', ');
  const message = `method must be ${allow}, got ${method.slice(0, 20)}`;
  return new HttpError('input_invalid', message, { status: 405, headers: { allow } });
}
