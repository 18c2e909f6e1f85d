import { acceptedCoding, compress, isCompressible } from './content-coding.ts';
import type { ContentCoding } from './content-coding.ts';
import type { HttpContext } from './http-env.ts';
import type { Service } from './service.ts';

export interface PageAnswer {
  readonly body: Buffer;
  /** What `body` is compressed with already. */
  readonly coding: ContentCoding | undefined;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the client accepts of what we can write. */
export function wantedCoding(c: HttpContext): ContentCoding | undefined {
  return acceptedCoding(c.req.header('accept-encoding'));
}

/**
 * Answers with a page, compressed if that is wanted. Its bytes count as in flight until the client
 * has taken them; throws `overloaded` when too many are.
 */
export async function answerPage(
  c: HttpContext,
  service: Service,
  page: PageAnswer,
): Promise<Response> {
  const wanted = page.coding ?? wantedCoding(c);
  const coding = wanted !== undefined && isCompressible(page.body) ? wanted : undefined;
  const isReady = coding === undefined || page.coding !== undefined;
  const body = isReady ? page.body : await compress(page.body, coding);
  holdUntilSent(c, service, body.byteLength);
  const headers: Record<string, string> = {
    ...page.headers,
    'content-type': page.contentType,
    'cache-control': 'no-store',
    vary: 'accept-encoding',
  };
  const appliedCoding = page.coding ?? coding;
  if (appliedCoding !== undefined) headers['content-encoding'] = appliedCoding;
  return c.body(toBody(body), 200, headers);
}

function holdUntilSent(c: HttpContext, { answers }: Service, bytes: number): void {
  const outgoing = c.env?.outgoing;
  if (outgoing === undefined || outgoing.closed) return;
  const tenant = c.get('pull')?.principal.tenant;
  answers.take(bytes, tenant);
  outgoing.once('close', () => answers.giveBack(bytes, tenant));
}

/** The type that a response takes; Node's buffers of this process are never shared memory. */
function toBody(buffer: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer: memory, byteOffset, byteLength } = buffer;
  if (!(memory instanceof ArrayBuffer)) throw new TypeError('a page lies in shared memory');
  return new Uint8Array(memory, byteOffset, byteLength);
}
