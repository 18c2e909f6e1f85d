import { streamName } from '../core/stream.ts';
import type { StreamName } from '../core/stream.ts';
import type { ExportSettings, Principal, Tenant } from '../directory/directory.ts';
import type { EncoderOptions } from '../encode/encoder.ts';
import type { Feed } from '../feeds/feed.ts';
import type { LostPositions } from '../store/event-store.ts';
import { exportAccess } from './export-access.ts';
import type { ExportPage, PageRequest } from './export-pages.ts';
import type { ExportApi, HttpContext, PullInProgress } from './http-env.ts';
import type { Service } from './service.ts';

/** One authorised request for events. */
export interface Pull {
  readonly api: ExportApi;
  readonly principal: Principal;
  readonly tenant: Tenant;
  readonly settings: ExportSettings;
  readonly feed: Feed;
  readonly stream: StreamName;
  readonly progress: PullInProgress;
  /** False for HEAD: then nothing of what is read goes out, and none of it counts. */
  readonly isSent: boolean;
}

/** From here on the request is in the audit trail, whatever becomes of it. Throws `forbidden`. */
export async function beginPull(
  c: HttpContext,
  service: Service,
  api: ExportApi,
  principal: Principal,
  feed: Feed,
): Promise<Pull> {
  const progress: PullInProgress = { api, principal, feed: feed.name, events: 0 };
  c.set('pull', progress);
  const { disabledAnswer } = service.options.eventsApi;
  const { tenant, settings } = await exportAccess(
    service.directory,
    principal,
    feed,
    disabledAnswer,
  );
  const stream = streamName(tenant.id, feed.name);
  const isSent = c.req.method !== 'HEAD';
  return { api, principal, tenant, settings, feed, stream, progress, isSent };
}

/** A pull that has waited, by the rights that its sender has now. Throws as its beginning does. */
export async function resumePull(c: HttpContext, service: Service, pull: Pull): Promise<Pull> {
  const principal = await service.gate.stillIn(c, pull.principal);
  const { disabledAnswer } = service.options.eventsApi;
  const access = await exportAccess(service.directory, principal, pull.feed, disabledAnswer);
  return { ...pull, ...access, principal };
}

/** Reads the page that a pull asks for, and counts it. */
export async function readPage(
  service: Service,
  pull: Pull,
  request: Pick<PageRequest, 'after' | 'limit' | 'layout' | 'coding'> & {
    readonly encoding: Pick<EncoderOptions, 'format' | 'profile' | 'jsonNames'>;
  },
): Promise<ExportPage> {
  const { tenant, settings, feed, stream } = pull;
  const page = await service.pages.read({
    ...request,
    stream,
    feed,
    incarnation: incarnationOf(tenant),
    encoding: {
      ...request.encoding,
      hostname: service.options.eventsApi.hostname,
      facility: settings.facility,
    },
  });
  if (pull.isSent) countPage(service, pull, page);
  return page;
}

function countPage(service: Service, pull: Pull, { events, lastPosition, body, lost }: ExportPage) {
  pull.progress.events = events;
  pull.progress.position = lastPosition;
  const labels = { tenant: service.metrics.tenantLabel(pull.tenant.id), api: pull.api };
  service.metrics.exportedEvents.inc(labels, events);
  service.metrics.exportedBytes.inc(labels, body.byteLength);
  if (lost !== undefined) sayGap(service, pull, lost);
}

/** Changes when a tenant is deleted and another one gets its name. */
export function incarnationOf({ createdAtMs }: Tenant): string {
  return String(createdAtMs);
}

/** The value of the `Tailrace-Gap` header: `first=1; last=400; until=2026-11-21T18:45:12.000Z`. */
export function gapHeader(lost: LostPositions | undefined): Record<string, string> {
  if (lost === undefined) return {};
  const { firstPosition, lastPosition, untilMs } = lost;
  const until = untilMs === undefined ? '' : `; until=${new Date(untilMs).toISOString()}`;
  return { 'tailrace-gap': `first=${firstPosition}; last=${lastPosition}${until}` };
}

function sayGap(service: Service, { api, tenant, stream }: Pull, lost: LostPositions): void {
  const { firstPosition, lastPosition } = lost;
  const count = lastPosition - firstPosition + 1;
  const labels = { tenant: service.metrics.tenantLabel(tenant.id), api };
  service.metrics.gaps.inc(labels);
  service.metrics.lostEvents.inc(labels, count);
  service.log.error(
    { stream, api, firstPosition, lastPosition },
    `${count} events were dropped by retention before they were pulled`,
  );
}
