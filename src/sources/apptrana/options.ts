import { z } from 'zod';
import { durationIn, durationMs, pauseMs, sizeBytes } from '../../core/quantity.ts';
import { secretReferenceSchema } from '../../core/secret.ts';
import { appTranaSeveritiesSchema } from '../../feeds/apptrana-catalogue.ts';
import { baseUrlSchema, httpOptions } from '../../wire/http-options.ts';

/** "Maximum time range allowed is 5 mins"; exactly five is what the document's own curl asks for. */
export const windowMsMax = 5 * 60_000;
/** "Details are available up to 30 days." */
export const retentionMs = 30 * 86_400_000;
/** The clocks of a service's servers may differ by this much. By more, somebody has set a clock. */
export const clocksDifferMs = 2 * 60_000;

const websitesMax = 100;
const responseBytesLimit = 16 * 1024 ** 2;

/** A source of AppTrana's attacks. */
export const apptranaOptions = z.strictObject({
  type: z.literal('apptrana').describe('pulls attacks from the AppTrana SIEM API'),
  url: baseUrlSchema
    .default('https://tas.indusface.com')
    .describe('where the API is; /wafportal/rest/siem/v1/… is added'),
  auth: z
    .enum(['client_credentials', 'authorize', 'basic'])
    .default('client_credentials')
    .describe(
      'how an access token is had: `client_credentials`: API ID and key in one request. ' +
        '`authorize`: an authorization code first, as in the document. `basic`: API ID and key ' +
        'as HTTP Basic, which older integrations use',
    ),
  apiId: z.string().min(1).max(1024).describe("the connector's API ID"),
  apiKey: secretReferenceSchema.describe("the connector's key"),
  sendAuthorisation: z
    .boolean()
    .default(false)
    .describe('sends the token in `Authorisation`, as the document spells it, too'),
  times: z
    .enum(['strings', 'numbers'])
    .default('strings')
    .describe('how startTime and endTime are written; the document has strings'),
  websites: z
    .array(z.string().trim().min(1).max(255))
    .min(1)
    .max(websitesMax)
    .refine((names) => new Set(names).size === names.length, 'each website once')
    .optional()
    .describe('the websites to ask for, one request each; all in one request when left out'),
  eventType: z
    .enum(['Log', 'Block'])
    .optional()
    .describe('only attacks that were logged, or blocked; both when left out'),
  pollEvery: pauseMs
    .prefault('60s')
    .describe('how long to wait when there was nothing more to pull'),
  settle: durationMs
    .prefault('2m')
    .describe('how old an attack must be before it is asked for; younger ones may still be added'),
  backfill: atMost(retentionMs, '30d')
    .prefault('30d')
    .describe('how far back the first start goes; the service keeps 30 days'),
  sweepEvery: durationMs
    .prefault('15m')
    .refine((ms) => ms > 0, 'more than 0')
    .describe('how often the last hours are asked for again, to find attacks that were added late'),
  sweepHorizon: atMost(7 * 86_400_000, '7d')
    .prefault('6h')
    .describe('how late an attack may be added and still be found; 0s: nothing is asked for again'),
  overlap: atMost(60_000, '1m')
    .prefault('1ms')
    .describe(
      'how far a window reaches into the one before; the service does not say whether ' +
        'the bounds belong to a window',
    ),
  skipAfter: durationIn('1m', '30d')
    .optional()
    .describe(
      'gives up one second of attacks that could not be had for this long, with a gap record; ' +
        'never when left out',
    ),
  severities: appTranaSeveritiesSchema,
  ...httpOptions,
  responseBytesMax: sizeBytes
    .prefault('8MiB')
    .refine((bytes) => bytes <= responseBytesLimit, 'at most 16MiB')
    .describe('the largest answer that is read; a window with more is asked for in parts'),
});
export type ApptranaOptions = Readonly<z.infer<typeof apptranaOptions>>;

function atMost(limitMs: number, text: string) {
  return durationMs.refine((ms) => ms <= limitMs, `at most ${text}`);
}
