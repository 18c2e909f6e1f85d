import { readBody } from '../request-body.ts';
import type { HttpContext } from '../http-env.ts';
import { HttpError } from '../http-error.ts';
import type { Service } from '../service.ts';
import type { ConsoleEndpoint } from './api-types.ts';
import { parseFields } from './console-failure.ts';
import { consoleApiPath } from './console-path.ts';
import type {
  AnswerOf,
  BodyOf,
  Endpoint,
  EndpointSchemas,
  PublicCall,
  QueryOf,
} from './endpoint.ts';
import { consoleEndpoints } from './endpoints.ts';
import { assertSameOrigin } from './same-origin.ts';
import { requireRight } from './session.ts';

/** Forms of people; events come and go elsewhere. */
const bodyBytesMax = 64 * 1024;

export interface ConsoleRoute {
  readonly method: string;
  /** In Hono's writing. */
  readonly path: string;
  readonly answer: (c: HttpContext, service: Service) => Promise<Response>;
}

/** Every endpoint of the table as a route; a path without parameters comes before one with. */
export function consoleRoutes(): readonly ConsoleRoute[] {
  return Object.keys(consoleEndpoints)
    .filter(isEndpoint)
    .toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1))
    .map(routeOf);
}

function isEndpoint(name: string): name is ConsoleEndpoint {
  return Object.hasOwn(consoleEndpoints, name);
}

function sortKey(endpoint: string): string {
  return endpoint.replaceAll(':', '~');
}

// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- ties a name to its line
function routeOf<E extends ConsoleEndpoint>(name: E): ConsoleRoute {
  const [method = '', path = ''] = name.split(' ');
  const endpoint: Endpoint<E> = consoleEndpoints[name];
  return {
    method,
    path: `${consoleApiPath}${path}`,
    answer: (c, service) => answerEndpoint(c, service, endpoint),
  };
}

async function answerEndpoint<E extends ConsoleEndpoint>(
  c: HttpContext,
  service: Service,
  endpoint: Endpoint<E>,
): Promise<Response> {
  c.header('cache-control', 'no-store');
  c.header('cross-origin-resource-policy', 'same-origin');
  if (!['GET', 'HEAD'].includes(c.req.method)) assertSameOrigin(c, service.options.publicUrl);
  const answer = await answerOf(c, service, endpoint);
  if (answer instanceof Response) return answer;
  return c.body(JSON.stringify(answer), 200, { 'content-type': 'application/json' });
}

/** Nothing of a request is looked at before it is clear that its sender may make it. */
async function answerOf<E extends ConsoleEndpoint>(
  c: HttpContext,
  service: Service,
  endpoint: Endpoint<E>,
): Promise<AnswerOf<E>> {
  if (endpoint.who === 'anyone') return endpoint.handle(await readCall(c, service, endpoint));
  const right = [c, service, endpoint.who, c.req.param('tenant')] as const;
  const before = await requireRight(...right);
  const call = await readCall(c, service, endpoint);
  // A body may take a minute to come, in which people are removed.
  const session = endpoint.body === undefined ? before : await requireRight(...right);
  const actor = { name: session.person.email, address: c.get('client').address };
  return endpoint.handle({ ...call, session, actor });
}

async function readCall<E extends ConsoleEndpoint>(
  c: HttpContext,
  service: Service,
  { body, query }: EndpointSchemas<E>,
): Promise<PublicCall<E>> {
  const parsedQuery = query && parseFields(query, c.req.query());
  const parsedBody = body && parseFields(body, await readJson(c, service));
  return {
    params: c.req.param(),
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- no schema, no query: `Schemas`
    query: parsedQuery as QueryOf<E>,
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- no schema, no body: `Schemas`
    body: parsedBody as BodyOf<E>,
    c,
    service,
    signal: AbortSignal.any([c.req.raw.signal, service.closing]),
  };
}

async function readJson(c: HttpContext, service: Service): Promise<unknown> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json(?:\s*;|$)/i.test(type)) {
    throw new HttpError('input_invalid', 'the body must be application/json', { status: 415 });
  }
  const limits = { bytesMax: bodyBytesMax, decompressedBytesMax: bodyBytesMax };
  using read = await readBody(c, limits, service.bodies);
  try {
    const value: unknown = JSON.parse(read.bytes.toString('utf8'));
    return value;
  } catch {
    throw new HttpError('input_invalid', 'the body is not valid JSON');
  }
}
