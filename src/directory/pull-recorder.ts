import type { Clock } from '../core/clock.ts';
import { errorMessage } from '../core/errors.ts';
import { appendToAuditTrail } from './audit-trail.ts';
import type { NewAuditEntry } from './audit-trail.ts';
import { saveUses } from './credential-uses.ts';
import type { DirectoryDatabase } from './database.ts';
import type { CredentialUse, Pull } from './directory.ts';

const flushAfterMs = 1_000;
const flushAtPulls = 1_000;
/** More than these wait only when the database cannot be written or somebody floods the service. */
const waitingPullsMax = 10_000;

/** Where the directory says what an operator should know; pino's loggers are such. */
export interface DirectoryLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What waits to be written: an audit entry, the use of a credential, or both. */
interface Waiting {
  readonly entry?: NewAuditEntry | undefined;
  readonly use?: CredentialUse | undefined;
}

/** What was written when the answer to the commit, if it came to that, was lost. */
interface Unanswered {
  readonly transactionId: string;
  readonly pulls: readonly Waiting[];
  readonly dropped: number;
}

/**
 * Writes pulls, uses of credentials and failed sign-ins, many per commit, so that nobody who comes
 * waits for the disk.
 */
export class PullRecorder implements AsyncDisposable {
  readonly #database: DirectoryDatabase;
  readonly #clock: Clock;
  readonly #log: DirectoryLog;
  readonly #disposal = new AbortController();
  #waiting: Waiting[] = [];
  #dropped = 0;
  #unanswered: Unanswered | undefined;
  #hasTimer = false;
  #hasFailed = false;
  #lastFlush: Promise<void> = Promise.resolve();

  constructor(database: DirectoryDatabase, clock: Clock, log: DirectoryLog) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
  }

  record(pull: Pull): void {
    const { use, actor, api, status, events, atMs } = pull;
    const address = actor.address ?? '';
    this.#add({
      entry: toAuditEntry(pull),
      use: use && { ...use, api, status, events, atMs, address },
    });
  }

  recordUse(use: CredentialUse): void {
    this.#add({ use });
  }

  recordEntry(entry: NewAuditEntry): void {
    this.#add({ entry });
  }

  #add(waiting: Waiting): void {
    if (this.#unwritten >= waitingPullsMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(waiting);
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
    if (this.#unanswered) await this.flush();
    const lost = this.#unwritten + this.#dropped + (this.#unanswered?.dropped ?? 0);
    if (lost > 0) this.#log.error({ pulls: lost }, 'audit entries of pulls are lost');
  }

  async #flushLater(): Promise<void> {
    if (this.#hasTimer) return;
    this.#hasTimer = true;
    await this.#clock.sleep(flushAfterMs, this.#disposal.signal);
    this.#hasTimer = false;
    if (this.#disposal.signal.aborted) return;
    await this.flush();
    if (this.#unwritten > 0) void this.#flushLater();
  }

  get #unwritten(): number {
    return this.#waiting.length + (this.#unanswered?.pulls.length ?? 0);
  }

  async #write(): Promise<void> {
    try {
      await this.#learnAnswer();
      await this.#writeWaiting();
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) {
        this.#log.error({ reason: errorMessage(error) }, 'the audit trail cannot be written');
      }
      this.#hasFailed = true;
    }
  }

  /** What was committed without an answer must not be written twice. */
  async #learnAnswer(): Promise<void> {
    if (this.#unanswered === undefined) return;
    const { transactionId, pulls, dropped } = this.#unanswered;
    const isWritten = await this.#database.commits?.has(transactionId);
    this.#unanswered = undefined;
    if (isWritten === true) this.#warnOfDropped(dropped);
    else this.#putBack(pulls, dropped);
  }

  async #writeWaiting(): Promise<void> {
    const [pulls, dropped] = [this.#waiting, this.#dropped];
    if (pulls.length === 0 && dropped === 0) return;
    [this.#waiting, this.#dropped] = [[], 0];
    try {
      await this.#append(pulls, dropped);
    } catch (error) {
      if (this.#unanswered === undefined) this.#putBack(pulls, dropped);
      throw error;
    }
    this.#unanswered = undefined;
    this.#warnOfDropped(dropped);
  }

  #warnOfDropped(dropped: number): void {
    if (dropped === 0) return;
    this.#log.warn({ pulls: dropped }, 'pulls came too fast for the audit trail');
  }

  async #append(waiting: readonly Waiting[], dropped: number): Promise<void> {
    const { writer, commits } = this.#database;
    await writer.transaction().execute(async (transaction) => {
      const tenants = await transaction.selectFrom('tenant').select('id').execute();
      const known = new Set(tenants.map(({ id }) => id));
      // A tenant that was deleted since has no audit trail any more.
      const isKnown = (tenant: string | undefined) => tenant === undefined || known.has(tenant);
      const entries = waiting
        .flatMap(({ entry }) => entry ?? [])
        .filter(({ tenant }) => isKnown(tenant));
      const uses = waiting
        .flatMap(({ use }) => use ?? [])
        .filter(({ principal }) => isKnown(principal.tenant));
      await saveUses(transaction, uses);
      if (dropped > 0) entries.push(overflowEntry(dropped, this.#clock.nowMs()));
      if (entries.length > 0) await appendToAuditTrail(transaction, entries);
      const transactionId = await commits?.idOf(transaction);
      // From here on a failure does not say whether it is written.
      if (transactionId !== undefined)
        this.#unanswered = { transactionId, pulls: waiting, dropped };
    });
  }

  #putBack(pulls: readonly Waiting[], dropped: number): void {
    const all = [...pulls, ...this.#waiting];
    this.#waiting = all.slice(0, waitingPullsMax);
    this.#dropped += dropped + all.length - this.#waiting.length;
  }
}

function toAuditEntry({ tenant, actor, api, status, events, atMs }: Pull): NewAuditEntry {
  return {
    atMs,
    tenant,
    actor,
    action: 'pulled events',
    detail: `${api}: status ${status}, ${events} events`,
    outcome: status < 400 ? 'success' : 'failure',
    kind: 'pulls',
  };
}

function overflowEntry(dropped: number, atMs: number): NewAuditEntry {
  return {
    atMs,
    tenant: undefined,
    actor: { name: 'system' },
    action: 'dropped audit entries',
    detail: `${dropped} pulls came faster than they could be written`,
    outcome: 'failure',
  };
}
