import { z } from 'zod';
import { filePath } from '../core/file-path.ts';
import { durationIn, durationMs, sizeBytes } from '../core/quantity.ts';
import { secretReferenceSchema } from '../core/secret.ts';
import { roles } from '../directory/directory.ts';
import { appTranaSeveritiesSchema } from '../feeds/apptrana-catalogue.ts';
import { isNetwork } from '../lib/network.ts';

/** An address, or a network as `192.0.2.0/24`. */
const network = z
  .string()
  .refine(isNetwork, 'an IP address or a network, such as 192.0.2.7 or 192.0.2.0/24');

/** Sustained requests per second and how many may come at once. */
const rate = (requestsPerSecond: number, burst: number) =>
  z
    .strictObject({
      requestsPerSecond: z
        .number()
        .positive()
        .default(requestsPerSecond)
        .describe('How many requests per second may go on for ever.'),
      burst: z.int().min(1).default(burst).describe('How many requests may come at once.'),
    })
    .prefault({});

const tls = z.strictObject({
  certificateFile: filePath.describe(
    'PEM file with the certificate and its chain; read again when it changes.',
  ),
  keyFile: filePath.describe('PEM file with the private key; read again too.'),
});

const eventsApi = z.strictObject({
  hostname: z
    .string()
    .regex(/^[!-~]{1,255}$/, 'a host name: printable ASCII without spaces, at most 255')
    .default('cloud.druva.com')
    .describe('HOSTNAME in CEF and Syslog lines.'),
  pageEvents: z
    .int()
    .min(1)
    .max(10_000)
    .default(500)
    .describe(
      'Events per page of Events API v1 and the Streams API unless `limit` says otherwise.',
    ),
  pageSize: sizeBytes
    .prefault('16MiB')
    .describe('Stored events per page in bytes; a page always holds at least one event.'),
  cursorLife: durationIn('1s', '36500d')
    .prefault('48h')
    .describe('How long a progress cookie or a tracker may be used.'),
  accessTokenLife: durationIn('1m', '24h')
    .prefault('30m')
    .describe('How long an access token of `POST /token` is valid.'),
  disabledAnswer: z
    .enum(['403', 'empty'])
    .default('403')
    .describe('What a tenant gets while its export is disabled: an error, or no events.'),
  pageCache: sizeBytes
    .prefault('64MiB')
    .describe('Memory for encoded pages that are asked for again.'),
});

const dayMs = 86_400_000;
const codeLifeMsMax = 600_000;

const siemApi = z.strictObject({
  accessTokenLife: durationMs
    .prefault('24h')
    .refine((ms) => ms >= 60_000 && ms <= dayMs, 'from 1m to 24h')
    .describe('How long an access token of `getAuthToken` is valid, at most 24h.'),
  codeLife: durationMs
    .prefault('10m')
    .refine((ms) => ms >= 1000 && ms <= codeLifeMsMax, 'from 1s to 10m')
    .describe('How long an authorization code may be used, at most 10m.'),
  sortMemory: sizeBytes
    .prefault('8MiB')
    .describe('Memory of one `getAttackInfo`; attacks beyond it are sorted on disk.'),
  answerSize: sizeBytes
    .prefault('2GiB')
    .describe('Largest answer of `getAttackInfo`; a window that holds more is answered 413.'),
  spoolSize: sizeBytes
    .prefault('8GiB')
    .describe('Disk for answers that are being sorted; what comes beyond it is answered 503.'),
  largeAnswers: z
    .int()
    .min(1)
    .default(4)
    .describe('Answers of one connector that are sorted on disk at one time; more get 429.'),
  severities: appTranaSeveritiesSchema,
});

const rateLimits = z.strictObject({
  perCredential: rate(500, 5000).describe('For each token, API client, connector and ingest key.'),
  perAddress: rate(1000, 10_000).describe('For each client address; IPv6 counts by /64.'),
  retryAfter: durationIn('1s', '1d')
    .prefault('60s')
    .describe('Retry-After of an answer 429; Druva’s own sample script waits as long.'),
  failuresBeforeLockout: z
    .int()
    .min(1)
    .default(10)
    .describe(
      'Wrong credentials in a row before a user name has to wait; they count for a day. An address may fail five times as often. Right tokens and keys never wait.',
    ),
  lockoutMax: durationIn('1s', '1d')
    .prefault('15m')
    .describe('The longest wait after repeated wrong credentials; it starts at 1 s and doubles.'),
});

/** Node takes 0 for no limit at all, and clients may be slow on purpose. */
const timeout = durationIn('10ms', '1d');

const limits = z.strictObject({
  body: sizeBytes.prefault('16MiB').describe('Largest request body, as it comes over the wire.'),
  decompressedBody: sizeBytes
    .prefault('64MiB')
    .describe('Largest request body after decompression.'),
  bodiesInFlight: sizeBytes
    .prefault('256MiB')
    .describe(
      'Request bodies in memory at one time; what comes beyond it, or beyond a quarter of it for one tenant, is answered 503.',
    ),
  answersInFlight: sizeBytes
    .prefault('512MiB')
    .describe(
      'Answers that clients have not taken yet; what comes beyond it, or beyond a quarter of it for one tenant, is answered 503.',
    ),
  batchEvents: z.int().min(1).default(50_000).describe('Events in one ingest request.'),
  event: sizeBytes.prefault('256KiB').describe('One event as JSON text.'),
  headers: sizeBytes.prefault('16KiB').describe('All headers of a request together.'),
  headerCount: z.int().min(10).default(100).describe('Headers in a request.'),
  connections: z.int().min(1).default(2000).describe('Open connections.'),
  headersTimeout: timeout.prefault('10s').describe('Until all headers must have come.'),
  requestTimeout: timeout.prefault('60s').describe('Until the whole request must have come.'),
  idleTimeout: timeout
    .prefault('30s')
    .describe('How long a connection may stay open without a request, or take nothing in.'),
  longPollWait: durationIn('0s', '1h')
    .prefault('60s')
    .describe('The longest `wait` of the Streams API.'),
  longPolls: z.int().min(0).default(1000).describe('Waiting requests at one time.'),
});

const dayCountMax = 365;

const oidc = z
  .strictObject({
    issuer: z
      .url('an https URL, or an http URL on the loopback')
      .refine(isEncryptedOrLocal, 'an https URL, or an http URL on the loopback')
      .describe('The provider; its `/.well-known/openid-configuration` says the rest.'),
    clientId: z.string().min(1).describe('As registered at the provider.'),
    clientSecret: secretReferenceSchema.describe('As registered at the provider.'),
    title: z
      .string()
      .min(1)
      .max(60)
      .default('OpenID Connect')
      .describe('Names the provider on the button: "Sign in with …".'),
    scopes: z
      .array(z.string().regex(/^[!-~]+$/))
      .default(['openid', 'email'])
      .refine((scopes) => scopes.includes('openid'), 'must include openid')
      .describe('What the provider is asked for.'),
    emailDomains: z
      .array(z.string().regex(/^[a-z0-9.-]+$/, 'a domain in lower case, such as example.com'))
      .default([])
      .describe('Addresses of other domains are refused. None: all domains.'),
    requireClaims: z
      .record(z.string(), z.string())
      .default({})
      .describe('Claims of the ID token that must have, or as a list hold, this value.'),
    trustUnverifiedEmail: z
      .boolean()
      .default(false)
      .describe(
        'Also for a provider that does not say `email_verified`; never when it says false.',
      ),
    createIn: z
      .strictObject({
        tenant: z.string().min(1).describe('The tenant new people belong to.'),
        role: z.enum(roles).default('viewer').describe('What they are there.'),
      })
      .optional()
      .describe(
        'Adds whom nobody has added before; needs `emailDomains` or `requireClaims`. Left out: only ' +
          'people who exist may sign in.',
      ),
  })
  .refine(
    ({ createIn, emailDomains, requireClaims }) =>
      createIn === undefined || emailDomains.length + Object.keys(requireClaims).length > 0,
    'createIn would add everybody whom the provider knows: set emailDomains or requireClaims',
  );

const consoleOptions = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether the web console is served.'),
    sessionLife: durationMs
      .prefault('7d')
      .refine((ms) => ms >= 60_000 && ms <= dayCountMax * dayMs, 'from 1m to 365d')
      .describe('How long a session lasts at most.'),
    idleLife: durationMs
      .prefault('12h')
      .refine((ms) => ms >= 60_000 && ms <= dayCountMax * dayMs, 'from 1m to 365d')
      .describe('How long a session lasts without a request.'),
    passwords: z
      .boolean()
      .default(true)
      .describe('Whether people may sign in with a password; needs `oidc` when false.'),
    oidc: oidc.optional().describe('Sign-in through an OpenID Connect provider.'),
  })
  .refine(
    ({ passwords, oidc: provider }) => passwords || provider !== undefined,
    'nobody could sign in: set oidc, or leave passwords true',
  );

function isEncryptedOrLocal(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLocal);
}

/** The `serve:` block of the configuration file. */
export const serveOptions = z.strictObject({
  listen: z
    .string()
    .regex(
      /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/,
      'an address and a port, such as 127.0.0.1:8480',
    )
    .default('127.0.0.1:8480')
    .describe('Address and port; port 0 takes any free one.'),
  tls: tls.optional().describe('Serves HTTPS. Left out: plain HTTP.'),
  publicUrl: z
    .url('an https or http URL without a path, such as https://export.example.com')
    .transform((url) => new URL(url))
    .refine(
      ({ origin, href, protocol }) => /^https?:$/.test(protocol) && href === `${origin}/`,
      'an https or http URL without a path, such as https://export.example.com',
    )
    .transform(({ origin }) => origin)
    .optional()
    .describe(
      'Where people and clients reach this service, for links and snippets. Left out: as each ' +
        'request names it.',
    ),
  console: consoleOptions.prefault({}).describe('The web console.'),
  trustProxy: z
    .array(network)
    .default([])
    .describe(
      'Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses and networks.',
    ),
  metricsFor: z
    .array(network)
    .default(['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'])
    .describe(
      'Who may read `/metrics` and the details of `/readyz`, which name tenants: addresses and networks.',
    ),
  eventsApi: eventsApi.prefault({}).describe('Events API v1 and v2, and the Streams API.'),
  siemApi: siemApi.prefault({}).describe('AppTrana’s SIEM API.'),
  rateLimits: rateLimits.prefault({}).describe('How often clients may come.'),
  limits: limits.prefault({}).describe('How much clients may send, and how slowly.'),
});
export type ServeOptions = z.output<typeof serveOptions>;

/** Where `startMonitor` listens. */
export type MonitorOptions = Pick<ServeOptions, 'listen'>;
