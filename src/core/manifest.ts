import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { StreamName } from './stream.ts';

/**
 * What a file sink wrote down about one published file (mode `publish`) or one appended part of a
 * file (mode `append`). A manifest is one entry per line; each holds the digest of the line before,
 * so that no entry can be changed, dropped or moved unnoticed.
 */
export interface ManifestEntry extends ManifestFacts {
  /** When it was published, ISO 8601 UTC. */
  readonly publishedAt: string;
  /** `lineDigest` of the entry before; `manifestStart` in the first. */
  readonly previous: string;
}

/** What is known about the file before it is published. */
export interface ManifestFacts {
  /** Name within the watched directory. */
  readonly file: string;
  readonly stream: StreamName;
  readonly firstPosition: number;
  readonly lastPosition: number;
  /** Lines that are events. Each gap is one line more. */
  readonly events: number;
  /** Positions between the first and the last whose events the sink's filters left out. */
  readonly leftOut?: number | undefined;
  /** Positions that could no longer be had; one line in the file stands for each range. */
  readonly gaps?: readonly (readonly [firstPosition: number, lastPosition: number])[] | undefined;
  readonly bytes: number;
  /** Mode `append`: where in the file this part begins, in bytes. */
  readonly offset?: number | undefined;
  readonly sha256: string;
  /**
   * One byte per line, base64: the low byte of the line's CRC-32, LF left out. It costs 1.3
   * characters per line and lets `tailrace verify` name the very line that is missing, doubled,
   * moved or altered, where the digest alone could only name the file.
   */
  readonly lineChecks: string;
  /**
   * `replay-7f3a9c` or `test-7f3a9c` in the manifests of events that were written beside the
   * delivery: they may begin at any position.
   */
  readonly extra?: string | undefined;
}

/** Where the manifests of replays and tests are: `manifest-extra/` beside `manifest.jsonl`. */
export function extraManifestDirectory(manifestPath: string): string {
  return `${manifestPath.replace(/\.jsonl$/, '')}-extra`;
}

const position = z.int().min(1);
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 digest in lower-case hex');

const factsShape = {
  // A name, never a path: `verify` opens it.
  file: z.string().regex(/^[^/\\\0]{1,255}$/),
  stream: z.templateLiteral([z.string().min(1), '/', z.string().min(1)]),
  firstPosition: position,
  lastPosition: position,
  events: z.int().min(0),
  leftOut: z.int().min(1).optional(),
  gaps: z.array(z.tuple([position, position])).optional(),
  bytes: z.int().min(0),
  offset: z.int().min(0).optional(),
  sha256: digest,
  lineChecks: z.base64(),
  extra: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
};

export const manifestFactsSchema: z.ZodType<ManifestFacts> = z.strictObject(factsShape);
export const manifestEntrySchema: z.ZodType<ManifestEntry> = z.strictObject({
  ...factsShape,
  publishedAt: z.iso.datetime(),
  previous: digest,
});

/** What the first entry of a manifest names as the entry before it. */
export const manifestStart = '0'.repeat(64);

/** An entry as one line, without its LF. */
export function manifestLine(entry: ManifestEntry): string {
  return JSON.stringify(entry);
}

/** Hex SHA-256 of a manifest line, LF left out. */
export function lineDigest(line: string | Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

/** One byte that tells whether a published line is still the same; 1 in 256 changes goes unseen. */
export function lineCheck(line: Uint8Array): number {
  return crc32(line) & 0xff;
}
