import type { DatabaseSync } from 'node:sqlite';
import type { Position, StreamName } from '../../core/stream.ts';
import { AppError, errorMessage } from '../../core/errors.ts';
import { countLines } from '../../lib/ndjson.ts';
import { segmentContent } from '../segment.ts';
import { checkIntegrity, snapshot } from './database.ts';
import { ProgressTable } from './progress-table.ts';
import { QuarantineTable } from './quarantine-table.ts';
import { prepareQuery } from './query.ts';
import { SeenRunTable } from './seen-run-table.ts';
import { SegmentTable, eventCount } from './segment-table.ts';
import { StreamTable, type StreamRow } from './stream-table.ts';

/** Findings named in one message. */
const findingsMax = 20;

/** Runs `work` and notes down what it throws. */
type Check = (work: () => void) => void;

/** Reads everything once. Throws `store_corrupt` that names what is damaged. */
export function verifyStore(database: DatabaseSync, file: string): void {
  const findings: string[] = [];
  const check: Check = (work) => {
    if (findings.length === findingsMax) return;
    try {
      work();
    } catch (error) {
      findings.push(errorMessage(error));
    }
  };
  check(() => checkIntegrity(database, file));
  const streams = new StreamTable(database);
  const names: StreamName[] = [];
  check(() => names.push(...streams.all().map((row) => row.name)));
  for (const name of names) verifyStream(database, streams, name, check);
  check(() => verifyProgress(database));
  if (findings.length > 0) {
    throw new AppError('store_corrupt', `${file}: ${findings.join('; ')}`);
  }
}

/** Each segment on a snapshot of its own, so that a long verification holds up no checkpoint. */
function verifyStream(
  database: DatabaseSync,
  streams: StreamTable,
  name: StreamName,
  check: Check,
): void {
  const segments = new SegmentTable(database);
  let position: Position | undefined = 1;
  while (position !== undefined) {
    const from: Position = position;
    position = undefined;
    check(() => {
      snapshot(database, () => {
        position = verifySegment(segments, streams.find(name), from, check);
      });
    });
  }
  check(() => {
    const row = streams.find(name);
    if (row) new SeenRunTable(database).verify(row.id);
  });
}

/** Checks the segment at `from` or the first behind it; answers where the next one starts. */
function verifySegment(
  segments: SegmentTable,
  stream: StreamRow | undefined,
  from: Position,
  check: Check,
): Position | undefined {
  if (!stream) return undefined;
  const position = Math.max(from, stream.firstRetainedPosition);
  if (position > stream.headPosition) return undefined;
  const segment = segments.at(stream, position);
  check(() => {
    const { ndjson } = segmentContent(segments.open(stream, segment));
    if (countLines(ndjson) === eventCount(segment)) return;
    throw new AppError('store_corrupt', `stream ${stream.name}, segment ${position}: lines differ`);
  });
  return segment.lastPosition + 1;
}

function verifyProgress(database: DatabaseSync): void {
  const progress = new ProgressTable(database);
  progress.deliveries();
  new QuarantineTable(database).verify();
  const sources = prepareQuery<{ source: string }>(database, 'select source from checkpoint');
  for (const { source } of sources.all()) progress.checkpoint(source);
}
