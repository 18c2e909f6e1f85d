import { dirname } from 'node:path';
import type { DiskEntry } from '../lib/disk.ts';

/** What of something unsynced power loss leaves: all of it, nothing, or (of a write) a part. */
export type Survival = (whole: number) => number;

interface FileData {
  readonly number: number;
  bytes: Buffer;
  /** As the last sync left them. */
  durable: Buffer;
  unsynced: Change[];
}

interface Change {
  /** Undefined for a truncation. */
  readonly written: { readonly offset: number; readonly bytes: Buffer } | undefined;
  readonly sizeBytes: number;
}

/** Something that was done to a directory and is not durable. */
interface EntryChange {
  /** The directory whose sync makes it durable. */
  readonly directory: string;
  /** What was created, renamed or removed. */
  readonly subject: FileData | string;
  readonly undo: () => void;
}

/**
 * A file system in memory. It has two states: the one that programs see, and the one that power loss
 * leaves, for which content and directories have to be synced, each by themselves. Synchronous; a
 * simulation puts time, faults and processes around it.
 */
export class MemoryDisk {
  readonly #files = new Map<string, FileData>();
  readonly #directories = new Set<string>(['/']);
  #unsyncedEntries: EntryChange[] = [];
  #fileNumber = 0;

  /** The file's number, by which it is known whatever it is called by then. */
  open(path: string, wanted: 'new' | 'existing' | 'any'): number {
    this.#assertDirectory(dirname(path));
    const found = this.#files.get(path);
    if (found !== undefined && wanted === 'new') throw systemError('EEXIST', path);
    if (found === undefined && wanted === 'existing') throw systemError('ENOENT', path);
    return (found ?? this.#create(path)).number;
  }

  write(number: number, bytes: Uint8Array, offset: number): void {
    const file = this.#numbered(number);
    const written = { offset, bytes: Buffer.from(bytes) };
    apply(file, { written, sizeBytes: Math.max(file.bytes.length, offset + bytes.length) });
  }

  truncate(number: number, sizeBytes: number): void {
    apply(this.#numbered(number), { written: undefined, sizeBytes });
  }

  read(number: number, offset: number, length: number): Buffer {
    return Buffer.from(this.#numbered(number).bytes.subarray(offset, offset + length));
  }

  sizeBytes(number: number): number {
    return this.#numbered(number).bytes.length;
  }

  sync(number: number): void {
    const file = this.#numbered(number);
    file.durable = Buffer.from(file.bytes);
    file.unsynced = [];
  }

  rename(from: string, to: string): void {
    const file = this.#files.get(from);
    if (file === undefined) throw systemError('ENOENT', from);
    this.#assertDirectory(dirname(to));
    const replaced = this.#files.get(to);
    this.#files.delete(from);
    this.#files.set(to, file);
    this.#remember(dirname(to), file, () => {
      if (this.#files.get(to) !== file) return;
      this.#files.delete(to);
      if (replaced !== undefined) this.#files.set(to, replaced);
      if (this.#directories.has(dirname(from))) this.#files.set(from, file);
    });
  }

  remove(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    this.#remember(dirname(path), file, () => {
      if (!this.#files.has(path)) this.#files.set(path, file);
    });
  }

  /** A watcher moves the file away: then it is gone for good, and so it came for good. */
  take(path: string): Buffer {
    const file = this.#files.get(path);
    if (file === undefined) throw systemError('ENOENT', path);
    this.#files.delete(path);
    this.#unsyncedEntries = this.#unsyncedEntries.filter(({ subject }) => subject !== file);
    return file.bytes;
  }

  makeDirectory(path: string): void {
    if (this.#directories.has(path)) return;
    this.makeDirectory(dirname(path));
    this.#directories.add(path);
    this.#remember(dirname(path), path, () => this.#removeTree(path));
  }

  syncDirectory(path: string): void {
    this.#assertDirectory(path);
    this.#unsyncedEntries = this.#unsyncedEntries.filter(({ directory }) => directory !== path);
  }

  /** Names in the directory. */
  list(path: string): readonly string[] {
    this.#assertDirectory(path);
    const all = [...this.#files.keys(), ...this.#directories];
    return all.filter((entry) => entry !== path && dirname(entry) === path).map(nameOf);
  }

  stat(path: string): DiskEntry | undefined {
    const isDirectory = this.#directories.has(path);
    const file = this.#files.get(path);
    if (file === undefined && !isDirectory) return undefined;
    return { sizeBytes: file?.bytes.length ?? 0, device: 1, isDirectory };
  }

  /** Of every file, by path. */
  content(): ReadonlyMap<string, Buffer> {
    return new Map([...this.#files].map(([path, { bytes }]) => [path, bytes]));
  }

  /**
   * What was not synced goes: of each file's changes, and of the changes to each entry, `survives`
   * says how many. What happened to one file survives in its order, different files in any.
   */
  losePower(survives: Survival): void {
    const bySubject = Map.groupBy(this.#unsyncedEntries, ({ subject }) => subject);
    const lost = new Set<EntryChange>();
    for (const changes of bySubject.values()) {
      for (const change of changes.slice(survives(changes.length))) lost.add(change);
    }
    for (const change of this.#unsyncedEntries.toReversed()) if (lost.has(change)) change.undo();
    this.#unsyncedEntries = [];
    for (const file of this.#files.values()) {
      const { unsynced } = file;
      file.bytes = file.durable;
      file.unsynced = [];
      for (const change of unsynced) apply(file, survivingPart(change, survives));
      this.sync(file.number);
    }
  }

  #create(path: string): FileData {
    const nothing = Buffer.alloc(0);
    this.#fileNumber += 1;
    const file = { number: this.#fileNumber, bytes: nothing, durable: nothing, unsynced: [] };
    this.#files.set(path, file);
    this.#byNumber.set(file.number, file);
    this.#remember(dirname(path), file, () => {
      if (this.#files.get(path) === file) this.#files.delete(path);
    });
    return file;
  }

  readonly #byNumber = new Map<number, FileData>();

  #numbered(number: number): FileData {
    const file = this.#byNumber.get(number);
    if (file === undefined) throw systemError('EBADF', String(number));
    return file;
  }

  #removeTree(path: string): void {
    this.#directories.delete(path);
    for (const entry of this.#files.keys()) if (dirname(entry) === path) this.#files.delete(entry);
    for (const entry of this.#directories) {
      if (dirname(entry) === path && entry !== path) this.#removeTree(entry);
    }
  }

  #remember(directory: string, subject: FileData | string, undo: () => void): void {
    this.#unsyncedEntries.push({ directory, subject, undo });
  }

  #assertDirectory(path: string): void {
    if (!this.#directories.has(path)) throw systemError('ENOENT', path);
  }
}

function apply(file: FileData, change: Change): void {
  const { written, sizeBytes } = change;
  const bytes = Buffer.alloc(sizeBytes);
  file.bytes.copy(bytes);
  written?.bytes.copy(bytes, written.offset);
  file.bytes = bytes;
  file.unsynced.push(change);
}

/** A write may be torn anywhere, with the file's new size known to the disk already or not. */
function survivingPart({ written, sizeBytes }: Change, survives: Survival): Change {
  if (written === undefined) return { written, sizeBytes };
  const bytes = written.bytes.subarray(0, survives(written.bytes.length));
  return { written: { offset: written.offset, bytes }, sizeBytes: written.offset + bytes.length };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function systemError(code: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
