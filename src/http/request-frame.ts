import { randomUUID } from 'node:crypto';
import { routePath } from 'hono/route';
import type { MiddlewareHandler } from 'hono';
import { AppError } from '../core/errors.ts';
import { clientOf } from './client.ts';
import { toConsoleFailure } from './console-api/console-failure.ts';
import { isConsoleApiPath } from './console-api/console-path.ts';
import type { HttpContext, HttpEnv, PullInProgress } from './http-env.ts';
import { HttpError, errorAnswer } from './http-error.ts';
import type { Service } from './service.ts';
import { inErrorMessages, isSiemApiPath } from './siem-api/error-messages.ts';

/** Nothing may be framed, sniffed or referred to; what is no page may not load anything either. */
const securityHeaders = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
const policyHeader = 'content-security-policy';
const policyOfAnswers = "default-src 'none'; frame-ancestors 'none'";
const strictTransport = 'max-age=31536000';

type FrameParts = Pick<
  Service,
  | 'apiLogins'
  | 'closing'
  | 'directory'
  | 'clock'
  | 'gate'
  | 'log'
  | 'metrics'
  | 'streaming'
  | 'trustedProxies'
> & { readonly headerCountMax: number };

/**
 * What happens around every request: it gets an id, its client is made out, limits by address and
 * header count are kept; afterwards it is counted, logged and, if it was a pull, audited.
 */
export function requestFrame(parts: FrameParts): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const startedMs = parts.clock.monotonicMs();
    c.set('requestId', randomUUID());
    c.set(
      'client',
      c.env?.trial?.client ??
        clientOf(c.env?.incoming, (name) => c.req.header(name), parts.trustedProxies),
    );
    const refusal = refuse(c, parts);
    if (refusal !== undefined) c.res = answerError(c, parts, refusal);
    else await next();
    setHeaders(c, parts.closing);
    finish(c, parts, parts.clock.monotonicMs() - startedMs);
  };
}

/** The answer to what a handler threw. Defects are logged with everything, refusals are not. */
export function answerError(
  c: HttpContext,
  { log }: Pick<Service, 'log'>,
  error: unknown,
): Response {
  const requestId = c.get('requestId');
  const { status, headers, body } = errorAnswer(error, requestId);
  if (status === 500) log.error({ err: error, requestId, route: route(c) }, 'request failed');
  else if (status === 503) {
    const code = error instanceof AppError ? error.code : undefined;
    log.warn({ requestId, route: route(c), code, reason: body.message }, 'request not served');
  }
  const { path } = c.req;
  if (isConsoleApiPath(path)) {
    const failure = toConsoleFailure(error, body);
    return c.json(failure, status, { ...headers, 'cache-control': 'no-store' });
  }
  const answer = isSiemApiPath(path) ? inErrorMessages(path, status, error, body) : body;
  return c.json(answer, status, headers);
}

function refuse(c: HttpContext, { gate, headerCountMax }: FrameParts): unknown {
  const headers = (c.env?.incoming?.rawHeaders.length ?? 0) / 2;
  if (headers > headerCountMax) {
    const message = `a request may have at most ${headerCountMax} headers, got ${headers}`;
    return new HttpError('too_large', message, { status: 431 });
  }
  try {
    gate.admitAddress(c);
    return undefined;
  } catch (error) {
    return error;
  }
}

function setHeaders(c: HttpContext, closing: AbortSignal): void {
  const { headers } = c.res;
  for (const [name, value] of Object.entries(securityHeaders)) headers.set(name, value);
  if (!headers.has(policyHeader)) headers.set(policyHeader, policyOfAnswers);
  if (c.get('client').isSecure) headers.set('strict-transport-security', strictTransport);
  headers.set('x-request-id', c.get('requestId'));
  if (closing.aborted) headers.set('connection', 'close');
}

function finish(c: HttpContext, parts: FrameParts, elapsedMs: number): void {
  const { directory, clock, log, metrics, apiLogins } = parts;
  const { status } = c.res;
  const requestRoute = route(c);
  const { method } = c.req;
  const { address } = c.get('client');
  metrics.requests.inc({ method: countedMethod(method), route: requestRoute, status: `${status}` });
  metrics.seconds.observe({ route: requestRoute }, elapsedMs / 1000);
  const pull = c.get('pull');
  if (pull !== undefined) {
    const { api, principal, streaming } = pull;
    const { tenant, name } = principal;
    const actor = c.env?.trial?.actor ?? { name, address };
    const record = (): void => {
      const events = status === 200 ? pull.events : 0;
      const isUse = c.env?.trial === undefined && method !== 'HEAD';
      const use = isUse ? { use: pullUse(pull, status) } : {};
      directory.recordPull({ tenant, actor, api, status, events, atMs: clock.nowMs(), ...use });
    };
    if (streaming === undefined) record();
    else keepUntilDone(parts.streaming, streaming.then(record));
  }
  const login = c.get('login');
  if (login !== undefined) apiLogins.note(login, address, requestRoute);
  // The route, not the URL: a query may hold a tracker.
  const line = { requestId: c.get('requestId'), method, route: requestRoute, status, address };
  log.debug({ ...line, tenant: pull?.principal.tenant, elapsedMs }, 'request');
}

/** What is remembered of the credential: how far it has read, if it was answered. */
function pullUse({ principal, feed, position }: PullInProgress, status: number) {
  return { principal, feed, position: status === 200 ? position : undefined };
}

function keepUntilDone(works: Set<Promise<void>>, work: Promise<void>): void {
  const done = work.finally(() => works.delete(done));
  works.add(done);
}

/** The pattern that matched, so that labels and logs hold nothing the client made up. */
function route(c: HttpContext): string {
  const path = routePath(c, -1);
  return path.includes('*') ? 'unknown' : path;
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function countedMethod(method: string): string {
  return methods.has(method) ? method : 'other';
}
