import type { Clock } from '../core/clock.ts';
import { errorMessage } from '../core/errors.ts';
import { appendToAuditTrail } from './audit-trail.ts';
import type { DirectoryDatabase } from './database.ts';
import type { AuditEntry, Pull } from './directory.ts';

const flushAfterMs = 1_000;
const flushAtPulls = 1_000;
/** More than these wait only when the database cannot be written or somebody floods the service. */
const waitingPullsMax = 10_000;

/** Where the directory says what an operator should know; pino's loggers are such. */
export interface DirectoryLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Writes pulls into the audit trail, many per commit, so that a pull does not wait for the disk. */
export class PullRecorder implements AsyncDisposable {
  readonly #database: DirectoryDatabase;
  readonly #clock: Clock;
  readonly #log: DirectoryLog;
  readonly #disposal = new AbortController();
  #waiting: Pull[] = [];
  #dropped = 0;
  #hasTimer = false;
  #hasFailed = false;
  #lastFlush: Promise<void> = Promise.resolve();

  constructor(database: DirectoryDatabase, clock: Clock, log: DirectoryLog) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
  }

  record(pull: Pull): void {
    if (this.#waiting.length >= waitingPullsMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(pull);
    if (this.#waiting.length % flushAtPulls === 0) void this.flush();
    else void this.#flushLater();
  }

  /** Resolves when what waits now is written; a failure is logged and tried again with the next. */
  async flush(): Promise<void> {
    this.#lastFlush = this.#lastFlush.then(() => this.#write());
    await this.#lastFlush;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort();
    await this.flush();
    const lost = this.#waiting.length + this.#dropped;
    if (lost > 0) this.#log.error({ pulls: lost }, 'audit entries of pulls are lost');
  }

  async #flushLater(): Promise<void> {
    if (this.#hasTimer) return;
    this.#hasTimer = true;
    await this.#clock.sleep(flushAfterMs, this.#disposal.signal);
    this.#hasTimer = false;
    if (this.#disposal.signal.aborted) return;
    await this.flush();
    if (this.#waiting.length > 0) void this.#flushLater();
  }

  async #write(): Promise<void> {
    const [pulls, dropped] = [this.#waiting, this.#dropped];
    if (pulls.length === 0 && dropped === 0) return;
    [this.#waiting, this.#dropped] = [[], 0];
    try {
      await this.#append(pulls, dropped);
      this.#hasFailed = false;
      if (dropped > 0)
        this.#log.warn({ pulls: dropped }, 'pulls came too fast for the audit trail');
    } catch (error) {
      this.#putBack(pulls, dropped);
      if (!this.#hasFailed) {
        this.#log.error({ reason: errorMessage(error) }, 'the audit trail cannot be written');
      }
      this.#hasFailed = true;
    }
  }

  async #append(pulls: readonly Pull[], dropped: number): Promise<void> {
    await this.#database.writer.transaction().execute(async (transaction) => {
      const tenants = await transaction.selectFrom('tenant').select('id').execute();
      const known = new Set(tenants.map(({ id }) => id));
      // A tenant that was deleted since has no audit trail any more.
      const entries = pulls.filter(({ tenant }) => known.has(tenant)).map(toAuditEntry);
      if (dropped > 0) entries.push(overflowEntry(dropped, this.#clock.nowMs()));
      if (entries.length > 0) await appendToAuditTrail(transaction, entries);
    });
  }

  #putBack(pulls: readonly Pull[], dropped: number): void {
    const all = [...pulls, ...this.#waiting];
    this.#waiting = all.slice(0, waitingPullsMax);
    this.#dropped += dropped + all.length - this.#waiting.length;
  }
}

function toAuditEntry({ tenant, actor, api, status, events, atMs }: Pull): AuditEntry {
  return {
    atMs,
    tenant,
    actor,
    action: 'pulled events',
    detail: `${api}: status ${status}, ${events} events`,
    outcome: status < 400 ? 'success' : 'failure',
  };
}

function overflowEntry(dropped: number, atMs: number): AuditEntry {
  return {
    atMs,
    tenant: undefined,
    actor: { name: 'system' },
    action: 'dropped audit entries',
    detail: `${dropped} pulls came faster than they could be written`,
    outcome: 'failure',
  };
}
