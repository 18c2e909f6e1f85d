import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, errorCodes, errorMessage } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { SinkStatus, SourceStatus } from '../../pipeline/status.ts';
import type { Backfill } from './backfill.ts';

const fileName = 'status.json';

/** What a running process says about itself, every two seconds, for `tailrace status`. */
export interface ProcessStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly writtenAtMs: number;
  /** Where the export service or the monitor listens. */
  readonly listen: string | undefined;
  readonly sources: readonly SourceReport[];
  readonly sinks: readonly SinkStatus[];
}

/** What a source says of itself, and what can be told from its pages. */
export interface SourceReport extends SourceStatus {
  /** How much time there is still to pull. */
  readonly behindMs: number | undefined;
  readonly backfill: Backfill | undefined;
}

const time = z.number().optional();
const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorCodes, code);

const worker = {
  name: z.string(),
  stream: z.templateLiteral([z.string(), '/', z.string()]),
  state: z.enum(['starting', 'running', 'waiting', 'retrying', 'stopped']),
  lastSuccessMs: time,
  lastError: z
    .object({ code: z.custom<ErrorCode>(isErrorCode), message: z.string(), atMs: z.number() })
    .optional(),
  nextTryMs: time,
  isStandby: z.boolean().default(false),
  retries: z.number(),
  gaps: z.number(),
  newestEventMs: time,
};

const processStatus = z.object({
  version: z.string(),
  pid: z.number(),
  startedAtMs: z.number(),
  writtenAtMs: z.number(),
  listen: z.string().optional(),
  sources: z.array(
    z.object({
      ...worker,
      kind: z.literal('source'),
      eventsPulled: z.number(),
      eventsStored: z.number(),
      duplicates: z.number(),
      late: z.number().default(0),
      caughtUp: z.boolean(),
      behindMs: z.number().optional(),
      backfill: z
        .object({ share: z.number(), behindMs: z.number(), remainingMs: z.number().optional() })
        .optional(),
    }),
  ),
  sinks: z.array(
    z.object({
      ...worker,
      kind: z.literal('sink'),
      position: z.number(),
      headPosition: z.number(),
      eventsDelivered: z.number(),
      eventsLeftOut: z.number().default(0),
      eventsQuarantined: z.number().default(0),
      needsOperator: z.boolean().default(false),
      bytesDelivered: z.number(),
    }),
  ),
});
export type RecordedStatus = z.output<typeof processStatus>;

/** A reader sees the old file or the new one. Not synced: after power loss no process runs anyway. */
export async function writeStatus(directory: string, status: ProcessStatus): Promise<void> {
  const path = join(directory, fileName);
  await writeFile(`${path}.new`, `${JSON.stringify(status)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** What the last process wrote; undefined when none ever ran here. Throws `input_invalid`. */
export async function readStatus(directory: string): Promise<RecordedStatus | undefined> {
  const path = join(directory, fileName);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  return parseStatus(text, path);
}

/** Throws `input_invalid` naming `where` the text stands. */
export function parseStatus(text: string, where: string): RecordedStatus {
  try {
    return processStatus.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('input_invalid', `${where} cannot be read: ${errorMessage(error)}`);
  }
}
