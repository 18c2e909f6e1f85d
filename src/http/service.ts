import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from '../core/clock.ts';
import type { Directory } from '../directory/directory.ts';
import type { Feed } from '../feeds/feed.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ApiLogins } from './api-logins.ts';
import type { ExportPages } from './export-pages.ts';
import type { Gate } from './gate.ts';
import type { HealthReport, StoreProbe } from './health.ts';
import type { HttpMetrics } from './http-metrics.ts';
import type { ByteBudget } from './limits/byte-budget.ts';
import type { Networks } from './networks.ts';
import type { ServeOptions } from './options.ts';
import type { AttackAnswers } from './siem-api/attack-answers.ts';

/** What the server is made with. */
export interface ServerDependencies {
  readonly store: EventStore;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  health(): HealthReport;
  /** Where answers that memory has no room for are sorted; the system's place when left out. */
  readonly scratchDirectory?: string;
}

/** What all handlers share. */
export interface Service extends Omit<ServerDependencies, 'metrics' | 'scratchDirectory'> {
  readonly options: ServeOptions;
  /** The feed of that name, with the options that events are read by. Throws `not_found`. */
  readonly feedNamed: (name: string) => Feed;
  readonly registry: Registry;
  readonly metrics: HttpMetrics;
  readonly gate: Gate;
  readonly pages: ExportPages;
  readonly attacks: AttackAnswers;
  readonly apiLogins: ApiLogins;
  readonly storeProbe: StoreProbe;
  readonly trustedProxies: Networks;
  readonly metricsReaders: Networks;
  readonly bodies: ByteBudget;
  readonly answers: ByteBudget;
  /** Requests that wait for events at the moment. */
  readonly longPolls: Set<Promise<unknown>>;
  /** Answers that are written while they are sent, at the moment. */
  readonly streaming: Set<Promise<void>>;
  /** Aborts when the server begins to close: whoever waits is to answer with what there is. */
  readonly closing: AbortSignal;
}
