import type { StreamName } from '../../../core/stream.ts';
import { HttpError } from '../../http-error.ts';
import type { HttpContext } from '../../http-env.ts';
import type { Service } from '../../service.ts';
import { streamedBody } from '../../siem-api/streamed-body.ts';
import type { StreamedBody } from '../../siem-api/streamed-body.ts';

export interface FileAnswer {
  /** Whose it is; the operators' when undefined. */
  readonly tenant: string | undefined;
  /** `acme-insync`: names that the service gave, and no others. */
  readonly name: string;
  readonly extension: string;
  readonly contentType: string;
  /** Read as the client takes it. */
  readonly texts: AsyncIterable<string>;
  /** Says that it is given out, before its first byte is; not for HEAD, nor when it is refused. */
  readonly record?: () => Promise<void>;
}

/**
 * A file for the browser to keep. Throws `overloaded` when many are under way; that the client goes
 * away ends the work.
 */
export async function answerFile(
  c: HttpContext,
  service: Service,
  file: FileAnswer,
): Promise<Response> {
  const headers = fileHeaders(service, file);
  // Of an answer to HEAD only the headers go out: nobody would read its body, or end it.
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  const { downloads } = service.resources;
  const holder = file.tenant ?? '';
  if (!downloads.take(holder)) {
    throw new HttpError('overloaded', 'other downloads are under way, try again in a minute');
  }
  try {
    await file.record?.();
  } catch (error) {
    downloads.giveBack(holder);
    throw error;
  }
  const { body, ended } = streamedBody(bytesOf(file.texts));
  const done = finish(service, file.name, holder, ended);
  service.streaming.add(done);
  void done.finally(() => service.streaming.delete(done));
  return c.body(body, 200, headers);
}

function fileHeaders(
  { clock }: Service,
  { name, extension, contentType }: FileAnswer,
): Record<string, string> {
  const time = new Date(clock.nowMs()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return {
    'content-type': contentType,
    'content-disposition': `attachment; filename="${name}-${time}.${extension}"`,
    'cache-control': 'no-store',
  };
}

async function finish(
  { resources, log }: Service,
  name: string,
  holder: string,
  ended: StreamedBody['ended'],
): Promise<void> {
  const end = await ended;
  resources.downloads.giveBack(holder);
  if (end.outcome === 'failed') log.error({ err: end.error, file: name }, 'a download broke off');
}

export function fileNameOf(stream: StreamName): string {
  return stream.replace('/', '-');
}

async function* bytesOf(texts: AsyncIterable<string>): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}
