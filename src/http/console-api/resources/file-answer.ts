import type { StreamName } from '../../../core/stream.ts';
import { HttpError } from '../../http-error.ts';
import type { HttpContext } from '../../http-env.ts';
import type { Service } from '../../service.ts';
import { streamedBody } from '../../siem-api/streamed-body.ts';
import type { StreamedBody } from '../../siem-api/streamed-body.ts';

export interface FileAnswer {
  /** `acme-insync`: names that the service gave, and no others. */
  readonly name: string;
  readonly extension: string;
  readonly contentType: string;
  /** Read as the client takes it. */
  readonly texts: AsyncIterable<string>;
}

/**
 * A file for the browser to keep. Throws `overloaded` when many are under way; that the client goes
 * away ends the work.
 */
export function answerFile(c: HttpContext, service: Service, file: FileAnswer): Response {
  const { downloads } = service.resources;
  if (!downloads.take()) {
    throw new HttpError('overloaded', 'other downloads are under way, try again in a minute');
  }
  const { body, ended } = streamedBody(bytesOf(file.texts));
  const done = finish(service, file.name, ended);
  service.streaming.add(done);
  void done.finally(() => service.streaming.delete(done));
  const time = new Date(service.clock.nowMs()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return c.body(body, 200, {
    'content-type': file.contentType,
    'content-disposition': `attachment; filename="${file.name}-${time}.${file.extension}"`,
    'cache-control': 'no-store',
  });
}

async function finish(
  { resources, log }: Service,
  name: string,
  ended: StreamedBody['ended'],
): Promise<void> {
  const end = await ended;
  resources.downloads.giveBack();
  if (end.outcome === 'failed') log.error({ err: end.error, file: name }, 'a download broke off');
}

export function fileNameOf(stream: StreamName): string {
  return stream.replace('/', '-');
}

async function* bytesOf(texts: AsyncIterable<string>): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}
