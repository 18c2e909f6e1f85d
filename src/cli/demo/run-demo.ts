import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import { AppError, errorMessage } from '../../core/errors.ts';
import { appTranaGenerator } from '../../feeds/apptrana-generator.ts';
import { appTrana } from '../../feeds/apptrana.ts';
import { inSyncGenerator } from '../../feeds/insync-generator.ts';
import { inSync } from '../../feeds/insync.ts';
import { verifyDirectory } from '../../pipeline/verify.ts';
import { isWhole } from '../describe-verification.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { printJson } from '../print.ts';
import { HintedError } from '../report-error.ts';
import { createLog } from '../service/log.ts';
import { untilToldToEnd } from '../service/run-service.ts';
import { Service } from '../service/service.ts';
import { systemClock } from '../system-clock.ts';
import { demoAccounts } from './demo-accounts.ts';
import { collectorConfig, collectorEnvironment, demoLayout, serviceConfig } from './demo-config.ts';
import type { DemoLayout } from './demo-config.ts';
import { ensureDemoCredentials } from './demo-credentials.ts';
import { DemoCounts } from './demo-counts.ts';
import type { DemoProgress } from './demo-counts.ts';
import { DemoView } from './demo-view.ts';
import { generateEvents } from './event-generator.ts';

export interface DemoOptions {
  readonly rate: number;
  readonly forMs: number | undefined;
  readonly listen: string;
  /** Absolute. */
  readonly directory: string;
  readonly json: boolean;
}

/** Of what is generated. */
const attackShare = 0.2;
/** At the end: until everything that was generated stands in files. */
const drainMs = 15_000;
const drainCheckMs = 50;

/** Runs the demo until Ctrl-C, or for as long as was asked, and proves what it published. */
export async function runDemo(options: DemoOptions, invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const layout = demoLayout(options.directory);
  const view = new DemoView(terminal);
  const log = createLog({ level: 'warn' }, terminal, (text) => view.interrupt(text));
  await makeDirectories(layout);

  await using service = await startService(options, layout, invocation, log);
  const { directory, url } = service;
  if (directory === undefined || url === undefined) throw new Error('the service does not serve');
  const credentials = await ensureDemoCredentials(directory, url, layout.credentials);
  await using collector = await Service.start(collectorConfig(layout, credentials), {
    environment: { ...terminal.environment, ...collectorEnvironment(credentials) },
    clock: systemClock,
    log,
  });
  if (!options.json) view.intro(layout, credentials, options.forMs);

  const counts = await DemoCounts.of(service, collector);
  await runUntilEnd(options, invocation, { view, counts, credentials, log });
  if (!options.json) view.say('\n  Ending: publishing what is under way …');
  const last = await untilPublished(counts);
  await collector.drain(drainMs);
  await service.drain(drainMs);
  await summarise(options, layout, last, invocation, view);
}

async function makeDirectories(layout: DemoLayout): Promise<void> {
  try {
    for (const path of publishedIn(layout)) await mkdir(path, { recursive: true });
  } catch (error) {
    throw new HintedError(
      'directory_unwritable',
      `${layout.directory} cannot be used: ${errorMessage(error)}`,
      'choose another directory with --directory DIR',
    );
  }
}

async function startService(
  { listen }: DemoOptions,
  layout: DemoLayout,
  { terminal }: Invocation,
  log: Logger,
): Promise<Service> {
  const { environment } = terminal;
  try {
    return await Service.start(serviceConfig(layout, listen), {
      environment,
      clock: systemClock,
      log,
      demoAccounts: () => demoAccounts.map(({ email, password }) => ({ email, password })),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const hint = startHints[error.code];
    throw hint === undefined ? error : new HintedError(error.code, error.message, hint);
  }
}

const startHints: Readonly<Record<string, string>> = {
  address_in_use: 'choose another port, for example --listen 127.0.0.1:8490',
  store_locked:
    'a demo runs there already; choose another place: --directory DIR --listen 127.0.0.1:8490',
};

/** Feeds events in and shows what becomes of them, until Ctrl-C or the end of the time. */
async function runUntilEnd(
  { rate, forMs, json }: DemoOptions,
  { terminal }: Invocation,
  {
    view,
    counts,
    credentials,
    log,
  }: {
    readonly view: DemoView;
    readonly counts: DemoCounts;
    readonly credentials: Awaited<ReturnType<typeof ensureDemoCredentials>>;
    readonly log: Logger;
  },
): Promise<void> {
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  void untilToldToEnd(terminal).then(() => end.abort());
  const common = { credentials, clock: systemClock, log };
  const seed = systemClock.nowMs();
  const generating = Promise.all([
    generateEvents(
      {
        ...common,
        feed: inSync.name,
        nextEvent: inSyncGenerator(seed),
        eventsPerSecond: rate * (1 - attackShare),
        onAppended: (events) => counts.events.addIn(events),
      },
      end.signal,
    ),
    generateEvents(
      {
        ...common,
        feed: appTrana.name,
        nextEvent: appTranaGenerator(seed),
        eventsPerSecond: rate * attackShare,
        onAppended: (attacks) => counts.attacks.addIn(attacks),
      },
      end.signal,
    ),
  ]);
  const untilMs = forMs === undefined ? Infinity : systemClock.monotonicMs() + forMs;
  while (!end.signal.aborted) {
    if (!json) view.show(await counts.progress());
    const leftMs = untilMs - systemClock.monotonicMs();
    await systemClock.sleep(Math.max(0, Math.min(view.everyMs, leftMs)), end.signal);
    if (leftMs <= view.everyMs) end.abort();
  }
  await generating;
}

/** How it ended. */
async function untilPublished(counts: DemoCounts): Promise<DemoProgress> {
  const untilMs = systemClock.monotonicMs() + drainMs;
  const never = new AbortController().signal;
  let progress = await counts.progress();
  while (systemClock.monotonicMs() < untilMs && isLagging(progress)) {
    await systemClock.sleep(drainCheckMs, never);
    progress = await counts.progress();
  }
  return progress;
}

function isLagging({ events, attacks }: DemoProgress): boolean {
  return events.lagEvents + attacks.lagEvents > 0;
}

function publishedIn({ cef, syslog, attacks }: DemoLayout): readonly string[] {
  return [cef, syslog, attacks];
}

async function summarise(
  { json }: DemoOptions,
  layout: DemoLayout,
  progress: DemoProgress,
  invocation: Invocation,
  view: DemoView,
): Promise<void> {
  const verifications = await Promise.all(
    publishedIn(layout).map(async (path) => ({
      path,
      verification: await verifyDirectory(path, { allowTaken: true }, new AbortController().signal),
    })),
  );
  const isAllWhole = verifications.every(({ verification }) => isWhole(verification));
  if (!isAllWhole || isLagging(progress)) invocation.exitCode = exitCodes.unsound.code;
  if (!json) {
    view.summary(progress, verifications);
    return;
  }
  const verified = verifications.map(({ path, verification }) => ({
    directory: path,
    ok: isWhole(verification),
    ...verification,
  }));
  printJson(invocation.terminal.stdout, { ...jsonCounts(progress), verified });
}

function jsonCounts({ events, attacks }: DemoProgress) {
  return {
    eventsIn: events.in,
    eventsPulled: events.pulled,
    eventsPublished: events.published,
    lagEvents: events.lagEvents,
    attacksIn: attacks.in,
    attacksPulled: attacks.pulled,
    attacksPublished: attacks.published,
    lagAttacks: attacks.lagEvents,
  };
}
