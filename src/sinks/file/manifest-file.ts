import { dirname } from 'node:path';
import {
  lineDigest,
  manifestEntrySchema,
  manifestLine,
  manifestStart,
  type ManifestEntry,
  type ManifestFacts,
} from '../../core/manifest.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { Disk, DiskFile } from '../../lib/disk.ts';
import { diskError } from './disk-error.ts';

const blockBytes = 64 * 1024;
/** How far back a stream is looked for of which nothing is known. */
const lookBackBytesMax = 8 * 1024 ** 2;
const lineFeed = 0x0a;

/** The end of the manifest as this process left it. */
interface Tail {
  readonly sizeBytes: number;
  /** Digest of the last line. */
  readonly digest: string;
}

/**
 * Appends to a manifest, one writer per file. What a crash left torn at the end is cut off before
 * the next entry is written.
 */
export class ManifestFile {
  readonly #path: string;
  readonly #disk: Disk;
  #tail: Tail | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(path: string, disk: Disk) {
    this.#path = path;
    this.#disk = disk;
  }

  /** Durable when it resolves. Calls of several streams take turns. */
  append(facts: ManifestFacts, publishedAtMs: number): Promise<void> {
    return this.#inTurn(async (file) => {
      const tail = await this.#readTail(file);
      this.#tail = undefined;
      const publishedAt = new Date(publishedAtMs).toISOString();
      const line = manifestLine({ ...facts, publishedAt, previous: tail.digest });
      const bytes = Buffer.from(`${line}\n`);
      await file.write(bytes, tail.sizeBytes);
      await file.sync();
      this.#tail = { sizeBytes: tail.sizeBytes + bytes.length, digest: lineDigest(line) };
    });
  }

  /** As `append`, unless the entry is there already: for recovery. */
  async appendOnce(facts: ManifestFacts, publishedAtMs: number): Promise<void> {
    if (!(await this.#lists(facts))) await this.append(facts, publishedAtMs);
  }

  /** The last position in the stream's last entry; 0 when none is found not too far back. */
  async lastPosition(stream: StreamName): Promise<Position> {
    if (!(await this.#disk.stat(this.#path))) return 0;
    return this.#inTurn(async (file) => {
      const { sizeBytes } = await this.#readTail(file);
      let readBytes = 0;
      for await (const line of linesBackwards(file, sizeBytes)) {
        const entry = parseEntry(line);
        if (entry?.stream === stream) return entry.lastPosition;
        readBytes += line.length;
        if (readBytes > lookBackBytesMax) break;
      }
      return 0;
    });
  }

  /**
   * Mostly the stream's last entry tells. There are others behind it when the event store has lost
   * its last commits: then it is looked for as far back as it can stand.
   */
  #lists(facts: ManifestFacts): Promise<boolean> {
    return this.#inTurn(async (file) => {
      const { sizeBytes } = await this.#readTail(file);
      for await (const line of linesBackwards(file, sizeBytes)) {
        const entry = parseEntry(line);
        if (entry?.stream !== facts.stream) continue;
        if (entry.file === facts.file && entry.lastPosition === facts.lastPosition) {
          await file.sync(); // what wrote it may have failed to
          return true;
        }
        if (entry.lastPosition < facts.firstPosition) return false;
      }
      return false;
    });
  }

  async #inTurn<T>(act: (file: DiskFile) => Promise<T>): Promise<T> {
    const turn = this.#takeTurn(this.#queue, act);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #takeTurn<T>(before: Promise<unknown>, act: (file: DiskFile) => Promise<T>): Promise<T> {
    await before;
    try {
      await using file = await this.#open();
      return await act(file);
    } catch (error) {
      throw diskError(error, 'write the manifest', this.#path);
    }
  }

  async #open(): Promise<DiskFile> {
    if (!(await this.#disk.stat(this.#path))) await this.#create();
    return this.#disk.open(this.#path, 'existing');
  }

  async #create(): Promise<void> {
    this.#tail = undefined;
    const created = await this.#disk.open(this.#path, 'any', 0o640);
    await created[Symbol.asyncDispose]();
    await this.#disk.syncDirectory(dirname(this.#path));
  }

  /** Cuts off a torn line, and learns the end anew when somebody else changed the file. */
  async #readTail(file: DiskFile): Promise<Tail> {
    const sizeBytes = await file.sizeBytes();
    if (this.#tail?.sizeBytes === sizeBytes) return this.#tail;
    const wholeBytes = await endOfLastLine(file, sizeBytes);
    if (wholeBytes < sizeBytes) await file.truncate(wholeBytes);
    this.#tail = { sizeBytes: wholeBytes, digest: manifestStart };
    for await (const line of linesBackwards(file, wholeBytes)) {
      this.#tail = { sizeBytes: wholeBytes, digest: lineDigest(line) };
      break;
    }
    return this.#tail;
  }
}

/** Offset behind the last LF; 0 when there is none. */
async function endOfLastLine(file: DiskFile, sizeBytes: number): Promise<number> {
  for (let end = sizeBytes; end > 0; end -= blockBytes) {
    const start = Math.max(0, end - blockBytes);
    const index = (await file.read(start, end - start)).lastIndexOf(lineFeed);
    if (index >= 0) return start + index + 1;
  }
  return 0;
}

/** The lines of a file that ends with LF, last first, without their LF; one line in memory. */
async function* linesBackwards(file: DiskFile, sizeBytes: number): AsyncIterable<Buffer> {
  let end = sizeBytes - 1;
  while (end > 0) {
    const start = await endOfLastLine(file, end);
    yield await file.read(start, end - start);
    end = start - 1;
  }
}

/** Undefined for a line that is none. */
function parseEntry(line: Buffer): ManifestEntry | undefined {
  try {
    return manifestEntrySchema.safeParse(JSON.parse(line.toString())).data;
  } catch {
    return undefined;
  }
}
