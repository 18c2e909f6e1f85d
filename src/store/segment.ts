import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { AppError, errorMessage } from '../core/errors.ts';
import type { Position, StreamName } from '../core/stream.ts';
import { releaseAround, releaseMemory } from '../lib/release-memory.ts';
import { countLines, wholeLinesBytes } from '../lib/ndjson.ts';

/**
 * The block in which a segment is stored, the same in every database:
 *
 * | offset | bytes | holds                                                              |
 * | ------ | ----- | ------------------------------------------------------------------ |
 * | 0      | 1     | version, 1                                                         |
 * | 1      | 3     | 0                                                                  |
 * | 4      | 4     | CRC-32 of the identity, then of everything from offset 8 on        |
 * | 8      | 4     | number of events                                                   |
 * | 12     | 4     | number of frames                                                   |
 * | 16     | 4     | length of the times in bytes                                       |
 * | 20     |       | per frame three numbers: events, bytes of NDJSON, bytes as stored  |
 * |        |       | times: per event the difference to the one before, a varint        |
 * |        |       | frames: NDJSON, one event per line, each ended by LF; compressed   |
 * |        |       | with zstd when that makes it shorter, plain otherwise              |
 *
 * Numbers are little-endian, four bytes. The identity is in the checksum, so that a good block in
 * the wrong place is noticed too. Frames are compressed one by one, so that a page out of the middle
 * costs the same whatever is stored around it.
 */
const version = 1;
const headerBytes = 20;
const frameEntryBytes = 12;

/** Smaller frames cost disk (64 KiB: +10 %), larger ones time for a page out of their middle. */
const frameBytesTarget = 128 * 1024;
const smallFrameBytes = 16 * 1024;

/** zstd must save this much, or the frame stays plain: reading it back is not free. */
const worthwhileRatio = 0.9;
const compressibleBytesMin = 200;
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Where a segment belongs. `streamId` tells a stream from a deleted one of the same name. */
export interface SegmentIdentity {
  readonly stream: StreamName;
  readonly streamId: number;
  readonly firstPosition: Position;
}

export interface SegmentContent {
  /** One event's JSON per line, each ended by LF. */
  readonly ndjson: Buffer;
  /** When each event occurred, epoch milliseconds, whole numbers within ±2^50. */
  readonly timesMs: Float64Array;
}

/** Consecutive lines of a segment, compressed together. */
export interface Frame {
  /** Index in the segment of its first event. */
  readonly firstLine: number;
  readonly lineCount: number;
  readonly ndjsonBytes: number;
  readonly stored: Buffer;
}

/** A block that was found whole, with what is needed to read any part of it. */
export interface SegmentBlock {
  readonly identity: SegmentIdentity;
  /** Of which the frames are parts. */
  readonly bytes: Uint8Array;
  readonly frames: readonly Frame[];
  readonly timesMs: Float64Array;
}

export function encodeSegment(identity: SegmentIdentity, content: SegmentContent): Buffer {
  const times = encodeTimes(content.timesMs);
  const frames = cutFrames(content);
  const block = Buffer.concat([
    Buffer.alloc(headerBytes + frames.length * frameEntryBytes),
    times,
    ...frames.map((frame) => frame.stored),
  ]);
  block.writeUInt8(version, 0);
  block.writeUInt32LE(content.timesMs.length, 8);
  block.writeUInt32LE(frames.length, 12);
  block.writeUInt32LE(times.length, 16);
  frames.forEach(({ lineCount, ndjsonBytes, stored }, index) => {
    const at = headerBytes + index * frameEntryBytes;
    block.writeUInt32LE(lineCount, at);
    block.writeUInt32LE(ndjsonBytes, at + 4);
    block.writeUInt32LE(stored.length, at + 8);
    if (stored.length < ndjsonBytes) releaseAround(stored); // otherwise it is what came in
  });
  block.writeUInt32LE(checksum(identity, block), 4);
  return block;
}

/**
 * Throws `store_corrupt` for every block that is not exactly what was stored under `identity`, or
 * does not hold `eventCount` events.
 */
export function openSegment(
  identity: SegmentIdentity,
  eventCount: number,
  bytes: Uint8Array,
): SegmentBlock {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (block.length < headerBytes) throw corruptSegment(identity, 'the block is cut off');
  if (block.readUInt8(0) !== version) {
    throw corruptSegment(identity, `unknown block version ${block.readUInt8(0)}`);
  }
  if (block.readUInt32LE(4) !== checksum(identity, block)) {
    throw corruptSegment(identity, 'the checksum does not match');
  }
  if (block.readUInt32LE(8) !== eventCount) {
    throw corruptSegment(identity, `it holds ${block.readUInt32LE(8)} events, not ${eventCount}`);
  }
  // From here on the block is what encodeSegment made.
  const timesStart = headerBytes + block.readUInt32LE(12) * frameEntryBytes;
  const framesStart = timesStart + block.readUInt32LE(16);
  let timesMs: Float64Array | undefined;
  return {
    identity,
    bytes,
    frames: readFrames(block, framesStart),
    // Reading by position needs none, and they cost as much as decompressing.
    get timesMs() {
      timesMs ??= decodeTimes(block.subarray(timesStart, framesStart), eventCount);
      return timesMs;
    },
  };
}

/** The frame's lines, in memory of their own. Throws `store_corrupt` when it does not decompress. */
export function decodeFrame({ identity }: SegmentBlock, { stored, ndjsonBytes }: Frame): Buffer {
  if (stored.length === ndjsonBytes) return Buffer.from(stored);
  try {
    // One chunk spares the copies of putting chunks together, and with exactly as many bytes as come
    // Node would make a second one, in vain.
    const chunkSize = Math.max(64, ndjsonBytes + 1);
    const ndjson = zstdDecompressSync(stored, { chunkSize, maxOutputLength: chunkSize });
    if (ndjson.length === ndjsonBytes) return inOwnMemory(ndjson);
  } catch (error) {
    throw corruptSegment(identity, `it does not decompress (${errorMessage(error)})`);
  }
  throw corruptSegment(identity, 'its length does not match');
}

/** What lies in the pool that Node makes small buffers from stays there. */
function inOwnMemory(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  if (bytes.buffer.byteLength <= Buffer.poolSize) return bytes;
  return Buffer.from(bytes.buffer.transfer(bytes.length));
}

/** Everything the segment holds. */
export function segmentContent(block: SegmentBlock): SegmentContent {
  const parts = block.frames.map((frame) => decodeFrame(block, frame));
  const ndjson = Buffer.concat(parts);
  for (const part of parts) releaseMemory(part);
  return { ndjson, timesMs: block.timesMs };
}

export function corruptSegment(identity: SegmentIdentity, reason: string): AppError {
  const { stream, firstPosition } = identity;
  return new AppError('store_corrupt', `stream ${stream}, segment ${firstPosition}: ${reason}`);
}

function checksum(identity: SegmentIdentity, block: Buffer): number {
  const { stream, streamId, firstPosition } = identity;
  return crc32(block.subarray(8), crc32(`${stream} ${streamId} ${firstPosition}`));
}

function cutFrames({ ndjson, timesMs }: SegmentContent): readonly Frame[] {
  const frames: Frame[] = [];
  let [rest, firstLine] = [ndjson, 0];
  while (rest.length > 0) {
    const ndjsonBytes = wholeLinesBytes(rest, frameBytesTarget);
    const isLast = ndjsonBytes === rest.length;
    const lines = rest.subarray(0, ndjsonBytes);
    const lineCount = isLast ? timesMs.length - firstLine : countLines(lines);
    frames.push({ firstLine, lineCount, ndjsonBytes, stored: compress(lines) });
    rest = rest.subarray(ndjsonBytes);
    firstLine += lineCount;
  }
  return frames;
}

function compress(lines: Buffer): Buffer {
  if (lines.length < compressibleBytesMin) return lines;
  // Memory of its own, which can be given back; small ones share what is left to the collector.
  const chunkSize = lines.length > smallFrameBytes ? frameBytesTarget : smallFrameBytes;
  const compressed = zstdCompressSync(lines, { ...compression, chunkSize });
  return compressed.length < lines.length * worthwhileRatio ? compressed : lines;
}

function readFrames(block: Buffer, framesStart: number): readonly Frame[] {
  const frames: Frame[] = [];
  let [firstLine, start] = [0, framesStart];
  for (let index = 0; index < block.readUInt32LE(12); index++) {
    const at = headerBytes + index * frameEntryBytes;
    const lineCount = block.readUInt32LE(at);
    const end = start + block.readUInt32LE(at + 8);
    const stored = block.subarray(start, end);
    frames.push({ firstLine, lineCount, ndjsonBytes: block.readUInt32LE(at + 4), stored });
    firstLine += lineCount;
    start = end;
  }
  return frames;
}

/** Zigzag varints of the differences: two bytes an event where events are seconds apart. */
function encodeTimes(timesMs: Float64Array): Buffer {
  const bytes = Buffer.allocUnsafe(timesMs.length * 9);
  let length = 0;
  let previous = 0;
  for (const time of timesMs) {
    const difference = time - previous;
    previous = time;
    let rest = difference >= 0 ? difference * 2 : difference * -2 - 1;
    while (rest >= 0x80) {
      bytes[length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[length++] = rest;
  }
  return bytes.subarray(0, length);
}

function decodeTimes(bytes: Buffer, count: number): Float64Array {
  const timesMs = new Float64Array(count);
  let offset = 0;
  let previous = 0;
  for (let index = 0; index < count; index++) {
    let zigzag = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const byte = bytes[offset++] ?? 0;
      zigzag += (byte & 0x7f) * unit;
      if (byte < 0x80) break;
    }
    previous += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    timesMs[index] = previous;
  }
  return timesMs;
}
