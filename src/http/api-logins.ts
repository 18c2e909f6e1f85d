import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { toStoredEvent } from '../core/event.ts';
import { streamName } from '../core/stream.ts';
import type { Directory } from '../directory/directory.ts';
import { inSync } from '../feeds/insync.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ApiLogin } from './http-env.ts';
import { isExported } from './export-access.ts';

/** One login of one credential from one address is an event at most this often. */
const repeatAfterMs = 3_600_000;
const rememberedMax = 10_000;
/** Failed logins of one tenant that become events within an hour, from however many addresses. */
const failuresPerHourMax = 20;

export interface ApiLoginParts {
  readonly store: EventStore;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Writes `API Login` events into a tenant's own stream: the first time a credential is used from an
 * address and then once an hour for each outcome, so that polling does not feed itself for ever.
 * What was written is remembered by this process only.
 */
export class ApiLogins {
  readonly #parts: ApiLoginParts;
  readonly #writtenAtMs = new Map<string, number>();
  readonly #failures = new Map<string, { sinceMs: number; count: number }>();
  readonly #pending = new Set<Promise<void>>();
  #lastEventId = 0;

  constructor(parts: ApiLoginParts) {
    this.#parts = parts;
  }

  /** Does not wait for the event to be stored: no answer depends on it. */
  note(login: ApiLogin, address: string, api: string): void {
    if (!this.#isDue(login, address)) return;
    const pending = this.#write(login, address, api)
      .catch((error: unknown) => {
        this.#parts.log.warn({ err: error, tenant: login.tenant }, 'API Login event not stored');
      })
      .finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  /** Resolves when every event noted so far is stored, or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #isDue(login: ApiLogin, address: string): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    const key = JSON.stringify([login.tenant, login.name, login.outcome, address]);
    const writtenAtMs = this.#writtenAtMs.get(key);
    if (writtenAtMs !== undefined && nowMs - writtenAtMs < repeatAfterMs) return false;
    if (login.outcome === 'Failed' && !this.#mayWriteFailure(login.tenant, nowMs)) return false;
    this.#writtenAtMs.delete(key);
    this.#writtenAtMs.set(key, nowMs);
    dropOldest(this.#writtenAtMs);
    return true;
  }

  #mayWriteFailure(tenant: string, nowMs: number): boolean {
    const known = this.#failures.get(tenant);
    const failures =
      known !== undefined && nowMs - known.sinceMs < repeatAfterMs
        ? known
        : { sinceMs: nowMs, count: 0 };
    failures.count += 1;
    this.#failures.delete(tenant);
    this.#failures.set(tenant, failures);
    dropOldest(this.#failures);
    return failures.count <= failuresPerHourMax;
  }

  async #write(login: ApiLogin, address: string, api: string): Promise<void> {
    const { store, directory, clock } = this.#parts;
    const { event, category } = inSync.readEvent({
      category: 'API',
      eventID: this.#nextEventId(),
      eventType: 'API Login',
      eventState: login.outcome,
      severity: login.outcome === 'Success' ? 6 : 4,
      timestamp: new Date(clock.nowMs()).toISOString(),
      initiator: login.name,
      ip: address,
      eventDetails: `API:${api}, Outcome:${login.outcome}`,
    });
    const [{ enabled }, settings] = await Promise.all([
      directory.tenant(login.tenant),
      directory.exportSettings(login.tenant),
    ]);
    // A tenant is disabled before its streams go: they must not come back.
    if (!enabled || !isExported(category, settings)) return;
    const stream = streamName(login.tenant, inSync.name);
    await store.append({ stream, events: [toStoredEvent(event)] });
  }

  /** Microseconds since 1970, which rise within a process and fit into a JSON number. */
  #nextEventId(): number {
    this.#lastEventId = Math.max(this.#lastEventId + 1, this.#parts.clock.nowMs() * 1000);
    return this.#lastEventId;
  }
}

function dropOldest(map: Map<string, unknown>): void {
  if (map.size <= rememberedMax) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
