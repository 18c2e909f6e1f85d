import { AppError } from '../../core/errors.ts';
import { streamName } from '../../core/stream.ts';
import type { StreamName } from '../../core/stream.ts';
import type { Append, Appended } from '../../store/event-store.ts';
import { recordedCategories } from '../export-access.ts';
import type { HttpContext } from '../http-env.ts';
import { HttpError } from '../http-error.ts';
import { readBody } from '../request-body.ts';
import type { Service } from '../service.ts';
import type { IngestAnswer } from './schemas.ts';
import { idempotencyKey } from './schemas.ts';
import { readBatchOf } from './batch-reader.ts';
import type { Batch } from './read-batch.ts';

/** Media types a batch may have; both mean the same, since the body shows what it is. */
const mediaTypes = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/json',
  'application/json-lines',
  'text/plain',
  'application/x-www-form-urlencoded', // what `curl --data-binary` says when nothing is said
]);

/** `POST /ingest/v1/{tenant}/{feed}`: appends a batch of events, all or none. */
export async function ingest(c: HttpContext, service: Service): Promise<Response> {
  const principal = await service.gate.ingestKey(c);
  const tenant = c.req.param('tenant') ?? '';
  if (tenant !== principal.tenant) {
    throw new AppError('forbidden', 'this ingest key belongs to another tenant');
  }
  const feed = service.feedNamed(c.req.param('feed') ?? '');
  const stream = streamName(tenant, feed.name);
  assertMediaType(c.req.header('content-type'));
  const key = readIdempotencyKey(c.req.header('idempotency-key'));
  const settings = await service.directory.exportSettings(tenant);

  const { limits } = service.options;
  const bodyLimits = { bytesMax: limits.body, decompressedBytesMax: limits.decompressedBody };
  using body = await readBody(c, bodyLimits, service.bodies, tenant);
  const bodyBytes = body.bytes.byteLength;
  const options = {
    feed,
    recorded: recordedCategories(feed, settings),
    limits: { events: limits.batchEvents, eventBytes: limits.event },
    withDigest: key !== undefined,
  };
  const { digest, ...batch } = await readBatchOf(body.bytes, options, service.workers);
  const idempotency = key === undefined || digest === undefined ? undefined : { key, digest };
  // The body may have taken a minute: who lost the right meanwhile must not append, least of all to
  // a stream that went with its tenant.
  await service.gate.stillIn(c, principal);
  const appended = await append(service, stream, batch, idempotency);
  const answer = toAnswer(batch, appended);
  count(service, tenant, feed.name, answer, bodyBytes);
  service.directory.recordUse({
    principal,
    api: 'ingest',
    feed: feed.name,
    address: c.get('client').address,
    status: 200,
    events: batch.events.ids.length,
    atMs: service.clock.nowMs(),
  });
  return c.json(answer);
}

/** Nothing is written for a batch of which nothing is recorded, unless its key is to be kept. */
async function append(
  service: Service,
  stream: StreamName,
  { events }: Batch,
  idempotency: Append['idempotency'],
): Promise<Appended> {
  if (events.ids.length === 0 && idempotency === undefined) {
    const head = (await service.store.streamInfo(stream))?.headPosition ?? 0;
    return { firstPosition: head + 1, lastPosition: head, duplicates: 0, repeated: false };
  }
  return service.store.append({
    stream,
    events,
    ...(idempotency === undefined ? {} : { idempotency }),
  });
}

function toAnswer(batch: Batch, appended: Appended): IngestAnswer {
  const { firstPosition, lastPosition, repeated } = appended;
  const stored = lastPosition - firstPosition + 1;
  const skipped = batch.events.ids.length + batch.skipped - stored;
  return { appended: stored, skipped, firstPosition, lastPosition, repeated };
}

function count(
  { metrics }: Service,
  tenant: string,
  feed: string,
  { appended, skipped, repeated }: IngestAnswer,
  bytes: number,
): void {
  const labels = { tenant: metrics.tenantLabel(tenant), feed };
  metrics.ingestedBytes.inc(labels, bytes);
  if (repeated) return;
  metrics.ingestedEvents.inc(labels, appended);
  metrics.skippedEvents.inc(labels, skipped);
}

function assertMediaType(contentType: string | undefined): void {
  if (contentType === undefined) return;
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaTypes.has(mediaType)) return;
  const expected = 'application/x-ndjson or application/json';
  const got = JSON.stringify(mediaType.slice(0, 60));
  throw new HttpError('input_invalid', `Content-Type must be ${expected}, got ${got}`, {
    status: 415,
    headers: { accept: 'application/x-ndjson, application/json' },
  });
}

function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const parsed = idempotencyKey.safeParse(header);
  if (parsed.success) return parsed.data;
  throw new AppError(
    'input_invalid',
    `Idempotency-Key must be 1 to 255 printable ASCII characters, got ${header.length}`,
  );
}
