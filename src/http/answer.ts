import { acceptedCoding, compress, isCompressible } from './content-coding.ts';
import type { ContentCoding } from './content-coding.ts';
import type { HttpContext } from './http-env.ts';
import type { Service } from './service.ts';

export interface PageAnswer {
  /** In one piece or several. */
  readonly body: Buffer | readonly Buffer[];
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
 * has taken them, also while they wait for being compressed; throws `overloaded` when too many are.
 */
export async function answerPage(
  c: HttpContext,
  service: Service,
  page: PageAnswer,
): Promise<Response> {
  const wanted = page.coding ?? wantedCoding(c);
  const bytes = sizeOf(page.body);
  const held = holdUntilSent(c, service, bytes);
  const whole = Buffer.isBuffer(page.body) ? page.body : Buffer.concat(page.body, bytes);
  const coding = wanted !== undefined && isCompressible(whole) ? wanted : undefined;
  const isReady = coding === undefined || page.coding !== undefined;
  const body = isReady ? whole : await compress(whole, coding);
  held.shrinkTo(body.byteLength);
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

function sizeOf(body: PageAnswer['body']): number {
  return Buffer.isBuffer(body)
    ? body.byteLength
    : body.reduce((total, { byteLength }) => total + byteLength, 0);
}

/** What an answer holds of the memory for answers. */
interface Held {
  /** Compressed, a body is rarely larger than it was, and then by next to nothing. */
  shrinkTo(bytes: number): void;
}

function holdUntilSent(c: HttpContext, { answers }: Service, bytes: number): Held {
  const outgoing = c.env?.outgoing;
  if (outgoing === undefined || outgoing.closed) return { shrinkTo: () => {} };
  const tenant = c.get('pull')?.principal.tenant;
  answers.take(bytes, tenant);
  let held = bytes;
  const shrinkTo = (wanted: number): void => {
    if (wanted >= held) return;
    answers.giveBack(held - wanted, tenant);
    held = wanted;
  };
  outgoing.once('close', () => shrinkTo(0));
  return { shrinkTo };
}

/** The type that a response takes; Node's buffers of this process are never shared memory. */
function toBody(buffer: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer: memory, byteOffset, byteLength } = buffer;
  if (!(memory instanceof ArrayBuffer)) throw new TypeError('a page lies in shared memory');
  return new Uint8Array(memory, byteOffset, byteLength);
}
