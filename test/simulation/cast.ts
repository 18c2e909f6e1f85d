import { pino } from 'pino';
import { Collector } from './collector.ts';
import { ExportService } from './export-service.ts';
import type { Machine, World } from './machine.ts';
import { Memory } from './memory.ts';
import { Network } from './network.ts';
import { Product } from './product.ts';
import type { Outcome } from './promises.ts';
import { randomServeOptions, type Setting, settings, type SettingName } from './settings.ts';
import { Watcher } from './watcher.ts';

/** Everyone who takes part in a run. */
export interface Cast extends Outcome, AsyncDisposable {
  readonly machines: readonly Machine[];
  /** Who drops events in this run before everybody has them. */
  readonly forgetful: Setting['mayForget'];
}

/** As the seed has it; nobody has started yet. */
export async function openCast(world: World, seed: number, name: SettingName): Promise<Cast> {
  const { chaos, random, note } = world;
  const setting: Setting = settings[name];
  const log = noting(note);
  const deduplicates = setting.mayDeduplicate && random.chance(0.3);
  if (!setting.standsStaleAnswers && !deduplicates) chaos.exclude('answer stale');
  const mode = random.chance(0.75) ? 'publish' : 'append';
  const takesFiles = mode === 'publish' && random.chance(0.4);
  const forgetful = random.chance(0.3) ? setting.mayForget : [];
  const serve = randomServeOptions(random, forgetful.length > 0);
  const service = await ExportService.open(world, serve, log);
  const { credentials } = service;
  const network = new Network(world, service);
  const collector = new Collector(world, {
    setting,
    network,
    log,
    mode,
    deduplicates,
    credentials,
    format: random.pick(['cef', 'syslog', 'json']),
    rollEvents: random.pick([1, 5, 50]),
  });
  const traffic = {
    feed: setting.feed,
    ingestKey: credentials.ingestKey,
    batches: random.integer(4, 20),
    lateMsMax: setting.lateMsMax,
    pauseMsMax: random.pick([200, 5000, 30_000]),
  };
  note(`${name}, ${mode}, ${takesFiles ? 'a watcher that takes files' : 'files stay'}`);
  return {
    world,
    setting,
    forgetful,
    collector,
    machines: [service.machine, collector.machine],
    watcher: new Watcher(collector.disk, mode, takesFiles),
    memories: {
      service: new Memory(service.storage, collector.stream),
      collector: new Memory(collector.storage, collector.stream),
    },
    product: new Product(world, network.fetchFor(undefined), traffic, seed),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

interface LogLine {
  readonly msg: string;
  readonly code?: string;
  readonly message?: string;
}

/** Warnings and errors of the program stand in the trace. */
function noting(note: (line: string) => void) {
  const write = (line: string) => {
    const { msg, code = '', message = '' }: LogLine = JSON.parse(line);
    note(`log: ${msg} ${code} ${message}`);
  };
  return pino({ level: 'warn', base: null, timestamp: false }, { write });
}
