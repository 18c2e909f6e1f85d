import { pino } from 'pino';
import { Collector } from './collector.ts';
import { ExportService } from './export-service.ts';
import { Machine, type World } from './machine.ts';
import { Memory } from './memory.ts';
import { Network } from './network.ts';
import { Product } from './product.ts';
import { openOutlet } from './open-outlet.ts';
import type { Outcome } from './promises.ts';
import { randomServeOptions, type Setting, settings, type SettingName } from './settings.ts';
import { StoreDisk } from './store-disk.ts';

/** A service whose time is further off is not believed. */
const dayMs = 86_400_000;

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
  const forgetful = random.chance(0.3) ? setting.mayForget : [];
  const serve = randomServeOptions(random, forgetful.length > 0);
  const service = await ExportService.open(world, serve, log);
  const { credentials } = service;
  const network = new Network(world, service);
  const stream = `acme/${setting.feed}` as const;
  const machine = new Machine('collector', world);
  const disk = new StoreDisk(machine);
  const format = random.pick(['cef', 'syslog', 'json'] as const);
  const { outlet, words } = openOutlet(world, { storage: disk.storage, stream, format });
  const collector = new Collector({
    setting,
    network,
    log,
    machine,
    disk,
    stream,
    outlet,
    format,
    deduplicates,
    credentials,
  });
  const traffic = {
    feed: setting.feed,
    ingestKey: credentials.ingestKey,
    batches: random.integer(4, 20),
    lateMsMax: setting.lateMsMax,
    pauseMsMax: random.pick([200, 5000, 30_000]),
  };
  const product = new Product(world, network.fetchFor(undefined), traffic, seed);
  const { windows } = service;
  windows.addAttack = (timeMs) => product.sendAt(timeMs, service.fetch);
  windows.knownMs = () => {
    const [theirMs, ourMs] = [service.machine.clock.nowMs(), machine.clock.nowMs()];
    return Math.abs(theirMs - ourMs) <= dayMs ? theirMs : ourMs;
  };
  note(`${name}, ${words}${setting.feed === 'apptrana' ? `, bounds ${windows.bounds}` : ''}`);
  return {
    world,
    setting,
    forgetful,
    collector,
    machines: [service.machine, collector.machine, ...(outlet.receiver ? [outlet.receiver] : [])],
    outlet,
    memories: {
      service: new Memory(service.disk, stream),
      collector: new Memory(disk, stream),
    },
    product,
    windows,
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
