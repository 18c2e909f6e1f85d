import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from '../core/clock.ts';
import type { Directory } from '../directory/directory.ts';
import type { Feed } from '../feeds/feed.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ApiLogins } from './api-logins.ts';
import type { ConsoleParts, SignInState } from './console-api/console-parts.ts';
import type { InstanceParts } from './console-api/instance-parts.ts';
import type { ConsoleResources } from './console-api/resources/console-resources.ts';
import type { OidcProvider } from './console-api/oidc/provider.ts';
import type { EventWorkers } from './event-workers/event-workers.ts';
import type { ExportPages } from './export-pages.ts';
import type { Gate } from './gate.ts';
import type { HealthReport, StoreProbe } from './health.ts';
import type { HttpEnv } from './http-env.ts';
import type { HttpMetrics } from './http-metrics.ts';
import type { ByteBudget } from './limits/byte-budget.ts';
import type { Networks } from './networks.ts';
import type { ServeOptions } from './options.ts';
import type { PositionMarks } from './position-marks.ts';
import type { AttackAnswers } from './siem-api/attack-answers.ts';
import type { ConnectorStarts } from './streams-api/connector-starts.ts';

/** What the server is made with. */
export interface ServerDependencies {
  readonly store: EventStore;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  health(): HealthReport;
  /** What the web console needs beyond; left out: there is none. */
  readonly console?: ConsoleParts;
  /** For the console's pages on the process, its sources and its sinks. */
  readonly instance?: InstanceParts;
  /** How many are open; the server knows when it listens. */
  readonly connections?: () => Promise<number>;
  /** Where answers that memory has no room for are sorted; the system's place when left out. */
  readonly scratchDirectory?: string;
}

/** What all handlers share. */
export interface Service extends Omit<ServerDependencies, 'metrics' | 'scratchDirectory'> {
  readonly options: ServeOptions;
  /** Every feed, with the options that events are read by. */
  readonly feeds: readonly Feed[];
  /** The feed of that name, with the options that events are read by. Throws `not_found`. */
  readonly feedNamed: (name: string) => Feed;
  readonly registry: Registry;
  readonly metrics: HttpMetrics;
  readonly gate: Gate;
  /** Answers as if the request had come to the listener. */
  readonly request: (request: Request, env: HttpEnv['Bindings']) => Response | Promise<Response>;
  readonly signIn: SignInState;
  /** Undefined unless it is configured. */
  readonly oidc: OidcProvider | undefined;
  readonly resources: ConsoleResources;
  readonly workers: EventWorkers;
  readonly pages: ExportPages;
  readonly marks: PositionMarks;
  readonly attacks: AttackAnswers;
  readonly connectorStarts: ConnectorStarts;
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
