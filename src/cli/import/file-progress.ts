import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { StreamName } from '../../core/stream.ts';
import type { EventStore } from '../../store/event-store.ts';

/** How much of the beginning tells one file from another. */
const headBytes = 4096;
/** How much before the place where reading stopped must still be the same. */
const tailBytes = 64 * 1024;

/** How far a file was imported; kept in the store, in the commit of the events before it. */
export interface FilePlace {
  readonly offset: number;
  /** Number of the next line. */
  readonly line: number;
}

const record = z.object({ offset: z.int(), line: z.int(), tail: z.string() });

/** Finds and describes places in one file. A file that has grown is taken up where it ended. */
export class FileProgress {
  readonly checkpointName: string;
  readonly #path: string;

  private constructor(path: string, checkpointName: string) {
    this.#path = path;
    this.checkpointName = checkpointName;
  }

  static async of(path: string, stream: StreamName): Promise<FileProgress> {
    await using file = await open(path);
    const head = await read(file, 0, headBytes);
    const firstLine = head.subarray(
      0,
      head.indexOf('\n') === -1 ? head.length : head.indexOf('\n'),
    );
    return new FileProgress(path, `import/${stream}/${digestOf(firstLine)}`);
  }

  /** The beginning, unless the store knows better and the file is still the same up to there. */
  async place(store: EventStore): Promise<FilePlace> {
    const start = { offset: 0, line: 1 };
    const text = await store.checkpoint(this.checkpointName);
    if (text === undefined) return start;
    const { offset, line, tail } = record.parse(JSON.parse(text));
    return (await this.#tailBefore(offset)) === tail ? { offset, line } : start;
  }

  /** What the store is to keep for `place`. */
  async checkpointFor({ offset, line }: FilePlace): Promise<string> {
    return JSON.stringify({ offset, line, tail: await this.#tailBefore(offset) });
  }

  async #tailBefore(offset: number): Promise<string> {
    await using file = await open(this.#path);
    const from = Math.max(0, offset - tailBytes);
    const bytes = await read(file, from, offset - from);
    return bytes.length < offset - from ? 'shorter' : digestOf(bytes);
  }
}

async function read(file: FileHandle, position: number, lengthBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(lengthBytes);
  const { bytesRead } = await file.read(buffer, 0, lengthBytes, position);
  return buffer.subarray(0, bytesRead);
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url');
}
