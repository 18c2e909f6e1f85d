import type { Logger } from 'pino';
import { readConfig } from '../../config/read-config.ts';
import type { Config } from '../../config/read-config.ts';
import { ConfigError, describeProblem } from '../../config/problem.ts';
import { errorCode, errorMessage } from '../../core/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { LiveLine } from '../live-line.ts';
import { systemClock } from '../system-clock.ts';
import { isInteractive } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { version } from '../version.ts';
import { createLog } from './log.ts';
import { Service } from './service.ts';
import { showSetUpLink } from './set-up-link.ts';
import { showBackfills } from './show-backfills.ts';

/** How long sinks may go on delivering what is stored once the end was asked for. */
const drainMs = 10_000;

/** Runs a configuration until SIGTERM or SIGINT, and then finishes what is under way. */
export async function runService(file: string, config: Config, terminal: Terminal): Promise<void> {
  const live = liveLine(config, terminal);
  const log = createLog(config.log, terminal, (text) => {
    live?.clear(); // the next look shows it again, below what is logged
    terminal.stderr.write(text);
  });
  using listeners = new DisposableStack();
  listeners.use(onUncaught(log, terminal));
  const toldToEnd = untilToldToEnd(terminal); // from now on, so that a start can be ended too
  const started = Promise.withResolvers<Service>();
  // From now on, too: a hang-up that nobody waits for ends a process.
  listeners.use(onHangup(async () => reload(file, await started.promise, log), terminal));
  const context = { environment: terminal.environment, clock: systemClock, log };
  await using service = await Service.start(config, context);
  const { dataDirectory, sources, sinks } = config;
  const counts = { sources: sources.length, sinks: sinks.length };
  log.info({ version, dataDirectory, ...counts, listen: service.url }, 'running');
  await showSetUpLink(service.directory, config.serve, service.url, {
    stderr: terminal.stderr,
    isReadByPerson: isReadByPerson(config, terminal),
    log,
  });
  started.resolve(service);
  const ending = new AbortController();
  const view = { sources: () => service.workers.sources, clock: systemClock, log, live };
  const showing = showBackfills(view, ending.signal);
  const signal = await toldToEnd;
  ending.abort();
  await showing;
  log.info(
    { signal, drainMs },
    'ending: finishing what is under way; a second signal ends at once',
  );
  await service.drain(drainMs);
  log.info('ended');
}

/** For a person who reads the log as text; what programs read is not written over. */
function liveLine(config: Config, terminal: Terminal) {
  return isReadByPerson(config, terminal) ? new LiveLine(terminal.stderr) : undefined;
}

function isReadByPerson({ log: { format } }: Config, { stderr, environment }: Terminal): boolean {
  return format !== 'json' && isInteractive(stderr, environment);
}

/** Resolves with the first signal; the second one ends the process. */
export async function untilToldToEnd({ signals, exit }: Terminal): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let told = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    signals.on(signal, () => {
      if (told) exit(exitCodes.interrupted.code);
      told = true;
      resolve(signal);
    });
  }
  return promise;
}

async function reload(file: string, service: Service, log: Logger): Promise<void> {
  try {
    const { config, warnings } = await readConfig(file);
    for (const warning of warnings) log.warn(describeProblem(file, warning));
    await atLevel(config.log.level, log, () => service.reload(config));
    log.info({ file }, 'configuration read again; sources and sinks go on with it');
  } catch (error) {
    const details =
      error instanceof ConfigError
        ? { problems: error.problems.map((problem) => describeProblem(file, problem)) }
        : { message: errorMessage(error) };
    log.error({ code: errorCode(error), ...details }, 'configuration refused; going on as before');
  }
}

/** Sources and sinks take the level over when they are made; when that fails it is as it was. */
async function atLevel(level: string, log: Logger, work: () => Promise<void>): Promise<void> {
  const before = log.level;
  log.level = level;
  try {
    await work();
  } catch (error) {
    log.level = before;
    throw error;
  }
}

/** One reload at a time; hang-ups that come meanwhile, or before there is a service, count as one. */
function onHangup(reloadOnce: () => Promise<void>, { signals }: Terminal): Disposable {
  let wanted = 0;
  const listener = async () => {
    wanted += 1;
    if (wanted > 1) return;
    while (wanted > 0) {
      wanted = 1;
      await reloadOnce();
      wanted -= 1;
    }
  };
  const onSignal = () => void listener();
  signals.on('SIGHUP', onSignal);
  return { [Symbol.dispose]: () => signals.off('SIGHUP', onSignal) };
}

/** What nobody caught is a defect: going on could do harm, and a restart takes up everything. */
function onUncaught(log: Logger, { signals, exit }: Terminal): Disposable {
  const listener = (error: unknown) => {
    log.fatal({ err: error }, 'ended by an unexpected error');
    exit(exitCodes.failed.code);
  };
  signals.on('uncaughtException', listener);
  return { [Symbol.dispose]: () => signals.off('uncaughtException', listener) };
}
