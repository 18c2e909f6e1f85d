import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { AppError, errorCode, errorMessage } from '../core/errors.ts';
import type { StoredEvent } from '../core/event.ts';
import { toStoredEvent } from '../core/event.ts';
import { streamName } from '../core/stream.ts';
import type { Directory, NumberedAuditEntry, Tenant } from '../directory/directory.ts';
import { inSync } from '../feeds/insync.ts';
import { Backoff } from '../lib/backoff.ts';
import type { EventStore } from '../store/event-store.ts';
import { isExported } from './export-access.ts';

/** Under which it is stored how far the trail was read, beside the checkpoints of sources. */
const cursorName = '~audit-trail'; // no source can have it
const pollMs = 2000;
const retryMsMax = 60_000;
const entriesPerPage = 200;
/** What was written behind the cursor when a process ended is known for so long. */
const deduplication = { horizonMs: 7 * 86_400_000 } as const;

const category = 'Admin Event';
/** What the audit trail calls the sign-ins of people; everything else is an act. */
const signIns: ReadonlySet<string> = new Set(['signed in', 'could not sign in']);
/** That a program came in is told by `API Login`. */
const programSignIn = 'issued an access token';

export interface AuditEventParts {
  readonly store: EventStore;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Writes what happens to a tenant into its own stream: `Admin Login` when people come in or fail to,
 * `Admin Audit Trail` for what is done. It follows the directory's audit trail from where the last
 * process ended, the first time from the newest entry on. An entry gives the same event whenever it
 * is written, and the stream leaves repeats out: a crash before the cursor is stored doubles nothing.
 */
export class AuditEvents {
  readonly #parts: AuditEventParts;
  /** The entry that was read last; undefined until the stored cursor is known. */
  #entry: number | undefined;

  constructor(parts: AuditEventParts) {
    this.#parts = parts;
  }

  /** Until `signal` aborts; what fails is tried again for ever. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    const backoff = new Backoff({ firstMs: pollMs, maxMs: retryMsMax });
    while (!signal.aborted) {
      let waitMs = pollMs;
      try {
        const { isCaughtUp } = await this.writePage(signal);
        backoff.succeeded();
        if (!isCaughtUp) continue;
      } catch (error) {
        if (signal.aborted) return;
        waitMs = backoff.failed();
        const failure = { code: errorCode(error), message: errorMessage(error), waitMs };
        log.warn(failure, 'audit entries could not become events, and will be tried again');
      }
      await clock.sleep(waitMs, signal);
    }
  }

  /** Some entries, then the cursor. Rejects without moving it; the entries are read anew then. */
  async writePage(signal: AbortSignal): Promise<{ readonly isCaughtUp: boolean }> {
    const { directory } = this.#parts;
    this.#entry ??= await this.#begin();
    const entries = await directory.auditBehind(this.#entry, entriesPerPage);
    const last = entries.at(-1);
    if (last === undefined) return { isCaughtUp: true };
    for (const [tenant, own] of byTenant(entries)) {
      signal.throwIfAborted();
      await this.#append(tenant, own);
    }
    await this.#save(last.id);
    return { isCaughtUp: entries.length < entriesPerPage };
  }

  /** A directory that was put back from a backup may be behind the cursor: its entries are new. */
  async #begin(): Promise<number> {
    const { store, directory, log } = this.#parts;
    const stored = storedEntry(await store.checkpoint(cursorName));
    const newest = await directory.newestAuditEntry();
    if (stored !== undefined && stored <= newest) return stored;
    if (stored !== undefined)
      log.warn({ stored, newest }, 'the audit trail is older than its events');
    await this.#save(newest);
    return newest;
  }

  async #save(entry: number): Promise<void> {
    const cursor: Cursor = { entry };
    await this.#parts.store.saveCheckpoint(cursorName, JSON.stringify(cursor));
    this.#entry = entry;
  }

  /** The tenant is asked for directly before: once it is disabled, its streams must not come back. */
  async #append(id: string, entries: readonly NumberedAuditEntry[]): Promise<void> {
    const { store } = this.#parts;
    const tenant = await this.#exporting(id);
    if (tenant === undefined) return;
    // What is older was an earlier tenant's of the same name.
    const events = entries.filter(({ atMs }) => atMs >= tenant.createdAtMs).map(auditEvent);
    if (events.length === 0) return;
    await store.append({ stream: streamName(id, inSync.name), events, deduplication });
  }

  /** Undefined when there is no such tenant any more, or nothing is to be written for it. */
  async #exporting(id: string): Promise<Tenant | undefined> {
    const { directory } = this.#parts;
    try {
      const [tenant, settings] = await Promise.all([
        directory.tenant(id),
        directory.exportSettings(id),
      ]);
      return tenant.enabled && isExported(category, settings) ? tenant : undefined;
    } catch (error) {
      if (errorCode(error) === 'not_found') return undefined;
      throw error;
    }
  }
}

/** Its identity is that of its content, which the entry's number is part of. */
function auditEvent(entry: NumberedAuditEntry): StoredEvent {
  const { id, atMs, actor, action, detail, outcome } = entry;
  const state = outcome === 'success' ? 'Success' : 'Failed';
  const isSignIn = signIns.has(action);
  const { event } = inSync.readEvent({
    category,
    eventID: id,
    eventType: isSignIn ? 'Admin Login' : 'Admin Audit Trail',
    eventState: isSignIn ? state : 'Admin Event',
    severity: outcome === 'success' ? 6 : 4,
    timestamp: new Date(atMs).toISOString(),
    initiator: actor.name,
    ...(actor.address !== undefined && { ip: actor.address }),
    eventDetails: `Action:${action}, Outcome:${state}, Detail:${detail}`,
  });
  return toStoredEvent(event);
}

function byTenant(
  entries: readonly NumberedAuditEntry[],
): ReadonlyMap<string, readonly NumberedAuditEntry[]> {
  const found = new Map<string, NumberedAuditEntry[]>();
  for (const entry of entries) {
    const { tenant, action } = entry;
    if (tenant === undefined || action === programSignIn) continue;
    const own = found.get(tenant);
    if (own) own.push(entry);
    else found.set(tenant, [entry]);
  }
  return found;
}

const cursorSchema = z.strictObject({ entry: z.int().min(0) });
type Cursor = Readonly<z.infer<typeof cursorSchema>>;

function storedEntry(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return cursorSchema.parse(JSON.parse(text)).entry;
  } catch (error) {
    const message = 'how far the audit trail was read is stored in an unknown form';
    throw new AppError('store_corrupt', message, { cause: error });
  }
}
