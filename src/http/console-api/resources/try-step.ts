import type { Actor } from '../../../directory/directory.ts';
import type { HttpContext } from '../../http-env.ts';
import type { Service } from '../../service.ts';

const shownBodyLengthMax = 2000;
/** What an answer tells a client besides its body. */
const shownHeaders = ['location', 'content-type', 'www-authenticate', 'retry-after'] as const;
const bodyBytesMax = 1024 * 1024;

export interface StepRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface StepAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, or its first MiB. */
  readonly text: string;
  readonly shownRequest: string;
  readonly shownAnswer: string;
  readonly elapsedMs: number;
}

export interface StepContext {
  readonly c: HttpContext;
  readonly service: Service;
  readonly actor: Actor;
  /** Where clients reach the service. */
  readonly base: string;
  readonly signal: AbortSignal;
}

/** Puts a request to the service's own application as the client of `c` would. */
export async function runStep(request: StepRequest, context: StepContext): Promise<StepAnswer> {
  const { c, service, actor, base, signal } = context;
  const { method, path, headers, body = null } = request;
  const startedMs = service.clock.monotonicMs();
  const response = await service.request(
    new Request(`${base}${path}`, { method, headers, signal, body }),
    { trial: { client: c.get('client'), actor } },
  );
  const text = await beginningOf(response);
  return {
    status: response.status,
    headers: response.headers,
    text,
    shownRequest: shownRequest(request, base),
    shownAnswer: shownAnswer(response, text),
    elapsedMs: Math.round(service.clock.monotonicMs() - startedMs),
  };
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= bodyBytesMax) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function shownRequest({ method, path, headers, body }: StepRequest, base: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${base}${path}`, ...lines, ...(body === undefined ? [] : ['', body])].join(
    '\n',
  );
}

function shownAnswer({ status, headers }: Response, text: string): string {
  const lines = shownHeaders.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [`${name}: ${value}`];
  });
  const isCut = text.length > shownBodyLengthMax;
  const body = isCut ? `${text.slice(0, shownBodyLengthMax).toWellFormed()}…` : text;
  return [`HTTP ${status}`, ...lines, ...(body === '' ? [] : ['', body])].join('\n');
}
