import { fileSinkOptions, fileSliceLimits } from '../../src/sinks/file/options.ts';
import { createFileSink } from '../../src/sinks/file/sink.ts';
import type { SinkContext } from '../../src/sinks/sink.ts';
import { brokenByFiles, leftovers } from './file-promises.ts';
import type { Life, World } from './machine.ts';
import type { OpenOutlet, Outlet } from './outlet.ts';
import type { Outcome } from './promises.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { watchedDirectory, Watcher } from './watcher.ts';

export interface FileOutletOptions {
  readonly mode: 'publish' | 'append';
  readonly extension: string;
  readonly takesFiles: boolean;
  readonly rollEvents: number;
}

/** The real file sink on a simulated disk, and a watcher in front of it. */
export class FileOutlet implements Outlet {
  readonly sinkName = 'files';
  readonly receiver = undefined;
  readonly disk: SimulatedDisk;
  readonly watcher: Watcher;
  readonly #options: FileOutletOptions;

  constructor(world: World, options: FileOutletOptions) {
    this.#options = options;
    this.disk = new SimulatedDisk(world);
    this.disk.files.makeDirectory(watchedDirectory);
    this.disk.files.syncDirectory('/');
    this.watcher = new Watcher(this.disk, options.mode, options.takesFiles);
  }

  get mode(): 'publish' | 'append' {
    return this.#options.mode;
  }

  get isSettled(): boolean {
    return leftovers(this.disk).length === 0;
  }

  get hasBrokenItsWord(): boolean {
    return this.disk.hasBrokenItsWord;
  }

  open(life: Life, context: SinkContext): OpenOutlet {
    const { mode, rollEvents, extension } = this.#options;
    const options = fileSinkOptions.parse({
      type: 'file',
      directory: watchedDirectory,
      mode,
      rollEvery: '5s',
      rollEvents,
    });
    const disk = this.disk.mountedBy(life);
    const sink = createFileSink(this.sinkName, options, extension, context, disk);
    return { sink, limits: fileSliceLimits(options) };
  }

  losePower(): void {
    this.disk.losePower();
  }

  broken(outcome: Outcome): Promise<readonly string[]> {
    return brokenByFiles(outcome, this);
  }
}
