import { readFileSync } from 'node:fs';
import { parseConfig } from '../../../src/config/read-config.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { ManifestFacts } from '../../../src/core/manifest.ts';
import { acceptedCoding } from '../../../src/http/content-coding.ts';
import { parseBasic, parseBearer } from '../../../src/http/credentials.ts';
import { decodeCursor, encodeCursor } from '../../../src/http/cursor.ts';
import { parseIntent } from '../../../src/sinks/file/intent.ts';
import { encodeSegment, openSegment, segmentContent } from '../../../src/store/segment.ts';
import { type FuzzTarget, texts } from '../fuzz-target.ts';

const scope = {
  key: Buffer.alloc(32, 7),
  stream: 'acme/insync',
  dialect: 'events-api/v1',
} as const;
const cursor = encodeCursor({ position: 12, issuedAtMs: 1_795_000_000_000 }, scope);

const facts: ManifestFacts = {
  file: 'acme-insync-1.cef',
  stream: 'acme/insync',
  firstPosition: 1,
  lastPosition: 3,
  events: 3,
  bytes: 300,
  sha256: '0'.repeat(64),
  lineChecks: 'AAAA',
};
const layout = { directory: '/d', stagingDirectory: '/d/.s', manifestPath: '/d/.s/m.jsonl' };
const intent = { version: 1, mode: 'publish', layout, staged: 'acme-insync.part', facts };

const identity = { stream: 'acme/insync', streamId: 1, firstPosition: 1 } as const;
const lines = Array.from({ length: 40 }, (_, index) => `{"id":"e-${index}","text":"some text"}\n`);
const content = {
  ndjson: Buffer.from(lines.join('')),
  timesMs: Float64Array.from(lines, (_, index) => 1_795_000_000_000 + index * 997),
};

/** How deep a parser of YAML gets depends on where it is called from, and so do its complaints. */
function readConfig(input: Buffer): unknown {
  try {
    return parseConfig(input.toString(), '/etc/tailrace/tailrace.yaml');
  } catch (error) {
    throw error instanceof AppError ? new AppError(error.code, 'refused') : error;
  }
}

/** What is read from requests' headers, files and the store. */
export const textTargets: readonly FuzzTarget[] = [
  {
    name: 'cursor',
    seeds: texts(cursor),
    tokens: [cursor.slice(0, 20), '=', '-', '_', 'AAAA'],
    // Nobody makes one: what is taken is the very text that was given out.
    read: (input) => {
      const text = input.toString();
      const read = decodeCursor(text, scope);
      if (text !== cursor) throw new Error(`a forged cursor was taken: ${text}`);
      return read;
    },
  },
  {
    name: 'credentials',
    seeds: texts(`Basic ${Buffer.from('a@example.com:trat_x').toString('base64')}`, 'Bearer abc'),
    tokens: ['Basic ', 'Bearer ', '   ', '====', 'gzip;q=0.', ', zstd'],
    read: (input) => {
      const text = input.toString('latin1');
      return [parseBasic(text), parseBearer(text), acceptedCoding(text)];
    },
  },
  {
    name: 'config',
    seeds: ['collector', 'apptrana-collector', 'export-service', 'relay'].map((name) =>
      readFileSync(new URL(`../../../examples/${name}.yaml`, import.meta.url)),
    ),
    tokens: [
      '\n  ',
      '- ',
      ': ',
      '&a ',
      '*a',
      '!!js/function ',
      '<<: *a',
      '{',
      '? ',
      '| \n',
      '%YAML',
    ],
    read: readConfig,
  },
  {
    name: 'intent',
    seeds: texts(JSON.stringify(intent)),
    tokens: ['"version":2,', '"../x"', '"file":"..",', '"gaps":[[1,2]],'],
    read: (input) => parseIntent(input.toString()),
  },
  {
    name: 'segment',
    seeds: [encodeSegment(identity, content)],
    tokens: ['\u0001\0\0\0', '\u007f\u007f\u007f\u007f'],
    read: (input) => {
      const { ndjson } = segmentContent(openSegment(identity, lines.length, input));
      return ndjson.toString();
    },
  },
];
