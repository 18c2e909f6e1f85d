import { z } from 'zod';
import { filePath } from '../core/file-path.ts';
import { durationIn } from '../core/quantity.ts';
import { secretReferenceSchema } from '../core/secret.ts';
import { namePattern } from '../core/stream.ts';
import type { StreamName } from '../core/stream.ts';
import { redactions } from '../encode/compile-redaction.ts';
import { formats, profiles } from '../encode/encoder.ts';
import { serveOptions } from '../http/options.ts';
import { postgresStoreOptions } from '../postgres/options.ts';

const nameText = 'lower-case letters, digits and inner hyphens, at most 63';
const name = z.string().regex(namePattern, nameText);

/** `127.0.0.1:8480`, `[::1]:8480`, `0.0.0.0:443`. */
export const listenAddress = z
  .string()
  .regex(
    /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/,
    'an address and a port, such as 127.0.0.1:8481',
  );

const streamText = 'TENANT/FEED, such as acme/insync';
const stream = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62})\/[a-z0-9](?:[a-z0-9-]{0,62})$/, streamText)
  .transform((text): StreamName => {
    const [tenant = '', feed = ''] = text.split('/');
    return `${tenant}/${feed}`;
  });

const streamPattern = z
  .string()
  .regex(
    /^[a-z0-9*][a-z0-9*-]*\/[a-z0-9*][a-z0-9*-]*$/,
    'TENANT/FEED where * stands for any letters, such as acme/* or */insync',
  );

/** What every source has beside the options of its type. */
export const sourceSchema = z.strictObject({
  name: name.describe('Unique; the key under which progress is kept. Renaming starts anew.'),
  stream: stream.describe('Where the events go: `TENANT/FEED`.'),
  deduplication: z
    .strictObject({
      horizon: durationIn('1s', '36500d')
        .prefault('7d')
        .describe('How long every event is remembered by its identity.'),
    })
    .optional()
    .describe(
      'Remembers every event, so that one which the source repeats without saying so is left out. ' +
        'Left out: only what may repeat, such as after an expired cursor, is compared.',
    ),
});

const sinkObject = z.strictObject({
  name: name.describe('Unique; the key under which progress is kept. Renaming starts anew.'),
  streams: z
    .union([streamPattern, z.array(streamPattern).min(1)])
    .default('*/*')
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .describe('Which streams to deliver; one that appears later is taken up by itself.'),
  types: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("Only events of these types, in the vendor's words. Left out: of every type."),
  categories: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("Only events of these categories, as the feed's catalogue names them."),
  minimumSeverity: z
    .int()
    .min(0)
    .max(10)
    .optional()
    .describe('Only events at least so severe, on the scale from 0 to 10 with 10 worst.'),
  redact: z
    .array(
      z.strictObject({
        field: z.string().min(1).describe("An attribute, by one of the feed's names for it."),
        how: z
          .enum(redactions)
          .describe(
            '`drop` leaves it out, `mask` writes `***`, `hash` writes the same 32 hex digits for ' +
              'the same value.',
          ),
      }),
    )
    .default([])
    .describe(
      'What this sink does not get to see. Events that were pulled as lines are written anew then.',
    ),
  redactionKey: secretReferenceSchema
    .optional()
    .describe('The key of `hash`: who does not know it cannot find a value by trying.'),
  format: z.enum(formats).default('cef').describe('How an event is written.'),
  profile: z
    .enum(profiles)
    .default('vendor')
    .describe("`vendor`: the bytes of the vendor's documents. `strict`: the standard's rules."),
  hardened: z
    .boolean()
    .default(false)
    .describe('Writes `=` inside CEF values as `%3D`, for parsers that unescape too early.'),
  extensionLeadingSpace: z
    .boolean()
    .default(false)
    .describe("One space before the first CEF pair, which Debian 12's liblognorm needs."),
  hostname: z
    .string()
    .regex(/^[!-~]{1,255}$/, 'a host name: printable ASCII without spaces, at most 255')
    .default('cloud.druva.com')
    .describe('HOSTNAME in CEF and Syslog lines.'),
  facility: z.int().min(1).max(23).default(23).describe('Syslog facility.'),
  enterpriseNumber: z
    .int()
    .min(1)
    .max(4_294_967_295)
    .optional()
    .describe('IANA enterprise number in the SD-ID of strict Syslog lines.'),
  jsonNames: z
    .enum(['v1', 'v2', 'stored'])
    .default('v2')
    .describe('JSON only: names as in Events API v1 or v2, or the event as it is stored.'),
});

/** What every sink has beside the options of its type. */
export const sinkSchema = sinkObject.refine(
  ({ redact, redactionKey }) =>
    redactionKey !== undefined || !redact.some(({ how }) => how === 'hash'),
  { message: 'is needed for how: hash', path: ['redactionKey'] },
);

/** What is old is dropped once a minute; a century stands for ever. */
const retentionLimits = ['1m', '36500d'] as const;

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** Everything but the entries of `sources` and `sinks`, whose schema depends on their type. */
export const configSchema = z.strictObject({
  dataDirectory: filePath
    .default('tailrace-data')
    .describe('Event store, directory of tenants, master key and status. Local disk only.'),
  store: postgresStoreOptions
    .optional()
    .describe(
      'A PostgreSQL database that any number of nodes share. Left out: events and tenants are kept ' +
        'in the data directory.',
    ),
  serve: serveOptions.optional().describe('The export service. Left out: nothing is served.'),
  monitor: z
    .strictObject({
      listen: listenAddress
        .default('127.0.0.1:8481')
        .describe('Address for `/healthz`, `/readyz` and `/metrics`.'),
    })
    .optional()
    .describe('Health and metrics for a collector, which serves nothing else.'),
  sources: z.array(z.unknown()).default([]).describe('Where events are pulled from.'),
  sinks: z.array(z.unknown()).default([]).describe('Where events are delivered to.'),
  retention: z
    .strictObject({
      events: durationIn(...retentionLimits)
        .prefault('30d')
        .describe('Events older than this are dropped, delivered or not; at least 1m.'),
      audit: durationIn(...retentionLimits)
        .prefault('400d')
        .describe('Entries of the audit trail older than this are dropped.'),
    })
    .prefault({})
    .describe('How long things are kept.'),
  log: z
    .strictObject({
      level: z.enum(logLevels).default('info').describe('The least severe messages written.'),
      format: z
        .enum(['json', 'text'])
        .optional()
        .describe('`text` on a terminal and `json` elsewhere when left out.'),
    })
    .prefault({})
    .describe('What the process says about itself, on standard error.'),
  masterKey: secretReferenceSchema
    .optional()
    .describe(
      'Seals every secret at rest. Left out: `master.key` in the data directory, created with ' +
        'mode 0600 on first start.',
    ),
  previousMasterKey: secretReferenceSchema
    .optional()
    .describe(
      'The master key until now, while a configured one is exchanged for another. On several nodes ' +
        'it is the next one first, until every node has both.',
    ),
});

export type SourceEntry = z.output<typeof sourceSchema>;
export type SinkEntry = z.output<typeof sinkSchema>;
