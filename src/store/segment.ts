import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { AppError, errorMessage } from '../core/errors.ts';
import type { Position, StreamName } from '../core/stream.ts';

/**
 * The block in which a segment is stored, the same in every database:
 *
 * | offset | bytes | holds                                                        |
 * | ------ | ----- | ------------------------------------------------------------ |
 * | 0      | 1     | version, 1                                                   |
 * | 1      | 1     | codec: 0 plain, 1 zstd                                       |
 * | 2      | 2     | 0                                                            |
 * | 4      | 4     | CRC-32 of the identity, then of everything from offset 8 on  |
 * | 8      | 4     | number of events                                             |
 * | 12     | 4     | length of the NDJSON in bytes                                |
 * | 16     | 4     | length of the times in bytes                                 |
 * | 20     |       | times: per event the difference to the one before, a varint  |
 * |        |       | NDJSON, one event per line, each ended by LF; under the codec |
 *
 * Numbers are little-endian. The identity is in the checksum, so that a good block in the wrong
 * place is noticed too.
 */
const version = 1;
const headerBytes = 20;
const codecs = { plain: 0, zstd: 1 } as const;

/** zstd must save this much, or the block stays plain: reading it back is not free. */
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

export function encodeSegment(identity: SegmentIdentity, content: SegmentContent): Buffer {
  const times = encodeTimes(content.timesMs);
  const body = compress(content.ndjson);
  const block = Buffer.allocUnsafe(headerBytes + times.length + body.bytes.length);
  block.writeUInt8(version, 0);
  block.writeUInt8(body.codec, 1);
  block.writeUInt16LE(0, 2);
  block.writeUInt32LE(content.timesMs.length, 8);
  block.writeUInt32LE(content.ndjson.length, 12);
  block.writeUInt32LE(times.length, 16);
  block.set(times, headerBytes);
  block.set(body.bytes, headerBytes + times.length);
  block.writeUInt32LE(checksum(identity, block), 4);
  return block;
}

/**
 * Throws `store_corrupt` for every block that is not exactly what was stored under `identity`, or
 * does not hold `eventCount` events.
 */
export function decodeSegment(
  identity: SegmentIdentity,
  eventCount: number,
  bytes: Uint8Array,
): SegmentContent {
  const block = checkedBlock(identity, eventCount, bytes);
  const timesEnd = headerBytes + block.readUInt32LE(16);
  const ndjson = decompress(identity, block, timesEnd);
  const timesMs = decodeTimes(block.subarray(headerBytes, timesEnd), eventCount);
  return { ndjson, timesMs };
}

/** As `decodeSegment`, for readers that need no times. */
export function decodeNdjson(
  identity: SegmentIdentity,
  eventCount: number,
  bytes: Uint8Array,
): Buffer {
  const block = checkedBlock(identity, eventCount, bytes);
  return decompress(identity, block, headerBytes + block.readUInt32LE(16));
}

export function corruptSegment(identity: SegmentIdentity, reason: string): AppError {
  const { stream, firstPosition } = identity;
  return new AppError('store_corrupt', `stream ${stream}, segment ${firstPosition}: ${reason}`);
}

function checkedBlock(identity: SegmentIdentity, eventCount: number, bytes: Uint8Array): Buffer {
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
  return block;
}

function checksum(identity: SegmentIdentity, block: Buffer): number {
  const { stream, streamId, firstPosition } = identity;
  const head = crc32(`${stream} ${streamId} ${firstPosition} ${block.readUInt8(1)}`);
  return crc32(block.subarray(8), head);
}

function compress(ndjson: Buffer): { codec: number; bytes: Buffer } {
  if (ndjson.length >= compressibleBytesMin) {
    const bytes = zstdCompressSync(ndjson, compression);
    if (bytes.length < ndjson.length * worthwhileRatio) return { codec: codecs.zstd, bytes };
  }
  return { codec: codecs.plain, bytes: ndjson };
}

function decompress(identity: SegmentIdentity, block: Buffer, bodyStart: number): Buffer {
  const lengthBytes = block.readUInt32LE(12);
  const body = block.subarray(bodyStart);
  const ndjson = block.readUInt8(1) === codecs.plain ? body : inflate(identity, body, lengthBytes);
  if (ndjson.length !== lengthBytes) throw corruptSegment(identity, 'the length does not match');
  return ndjson;
}

function inflate(identity: SegmentIdentity, body: Buffer, lengthBytes: number): Buffer {
  try {
    // A chunk as large as the result spares the copies of putting chunks together.
    const chunkSize = Math.max(64, lengthBytes);
    return zstdDecompressSync(body, { chunkSize, maxOutputLength: chunkSize });
  } catch (error) {
    throw corruptSegment(identity, `it does not decompress (${errorMessage(error)})`);
  }
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
