import { z } from 'zod';
import { serveOptions } from '../../src/http/options.ts';
import { batchOptions } from '../../src/sinks/batch-options.ts';
import { fileSinkOptions } from '../../src/sinks/file/options.ts';
import { syslogSinkOptions } from '../../src/sinks/syslog/options.ts';
import { postgresDefaults } from '../../src/postgres/options.ts';
import { quarantineLimits } from '../../src/store/event-store.ts';
import { sqliteStoreDefaults } from '../../src/store/sqlite/options.ts';
import { httpOptions } from '../../src/wire/http-options.ts';
import { count, duration, size } from './constant-in.ts';
import { schemaHeadings, schemaRows } from './schema-rows.ts';
import { table } from './table.ts';

const limitKeys = /^`serve\.(?:limits|rateLimits|eventsApi|siemApi|console\.\w+Life)\b/;
const wireKeys = /(?:Timeout|BytesMax|SizeMax|batch\w+|roll\w+|minBytes|slice\w*|linger\w*)`$/;
const mebibyte = 1024 ** 2;

const [http, consoleApi] = ['src/http', 'src/http/console-api'];
const resources = `${consoleApi}/resources`;
const [directory, pipeline, sources] = ['src/directory', 'src/pipeline', 'src/sources'];

/** What configuration cannot change, by what it is about. Numbers stand in the source. */
const fixedLimits: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  Events: [
    ['Attributes of an event', count('src/feeds/read-attributes.ts', 'attributesMax')],
    [
      "An attribute's name",
      `${count('src/feeds/read-attributes.ts', 'attributeNameLengthMax')} characters`,
    ],
    [
      "An attribute's value",
      `${count('src/feeds/attribute-value.ts', 'attributeLengthMax')} characters`,
    ],
    [
      'Objects and lists in one another',
      `${count('src/feeds/attribute-value.ts', 'attributeDepthMax')} levels`,
    ],
    ["An event's type", `${count('src/feeds/attribute-reader.ts', 'typeLengthMax')} characters`],
    ['Identity of an event', '128 characters'],
    ['Time of an event', '1970 to 9999'],
    ['Name of a tenant, feed, source or sink', '63 characters'],
    ['Line of a file to import', size('src/cli/import/whole-lines.ts', 'lineBytesMax')],
  ],
  'Requests and answers': [
    [
      'Form of `POST /token` and `getAuthToken`, body of `getAttackInfo`',
      size(`${http}/events-api/token.ts`, 'formBytesMax'),
    ],
    [
      'Events of a page',
      `${count(`${http}/events-api/schemas.ts`, 'pageEventsMax')}; ${count(`${http}/events-api/schemas.ts`, 'v2PageEventsMax')} in Events API v2`,
    ],
    [
      'Pages encoded at one time',
      `${count(`${http}/export-pages.ts`, 'pagesAtOnce')}; ${count(`${http}/export-pages.ts`, 'pagesWaiting')} wait, more get 503`,
    ],
    [
      'Pages made ready before a client asks for them',
      `${count(`${http}/export-pages.ts`, 'pagesAhead')} a client, ${count(`${http}/read-ahead.ts`, 'pagesAtOnce')} at one time; half of \`pageCache\``,
    ],
    [
      'Threads that read large batches and write large pages',
      `one fewer than processors, 1 to ${count(`${http}/app.ts`, 'eventThreadsMax')}; each ends after ${duration(`${http}/app.ts`, 'eventThreadIdleMs')} without work`,
    ],
    [
      'Ways of writing pages that are kept compiled',
      count(`${http}/page-writings.ts`, 'writingsMax'),
    ],
    [
      'Marks of positions that were given out, kept in memory',
      count(`${http}/position-marks.ts`, 'marksKept'),
    ],
    [
      'Windows of attacks read at one time',
      `${count(`${http}/siem-api/attack-answers.ts`, 'windowsAtOnce')}; ${count(`${http}/siem-api/attack-answers.ts`, 'windowsWaiting')} wait, more get 503`,
    ],
    [
      'Window of `getAttackInfo`',
      `${duration(`${http}/siem-api/answerable-window.ts`, 'windowMsMax')}, at most ${duration(`${http}/siem-api/answerable-window.ts`, 'availableMs')} back, and since SIEM was enabled`,
    ],
    ['TLS handshake', 'as long as `serve.limits.headersTimeout`'],
    ['Rest of a refused body that is read on', duration(`${http}/listener.ts`, 'lingerMs')],
    ['Window of a body compressed with zstd', '8 MiB'],
    ['Idempotency keys are remembered for', '24 h'],
    [
      'Clients and addresses whose rate or failures are known',
      '10,000 each; the oldest is forgotten',
    ],
    [
      'Names and addresses that were right before',
      count(`${http}/limits/credential-guard.ts`, 'provenPairsMax'),
    ],
    [
      'Tenants named in metrics',
      `${count(`${http}/http-metrics.ts`, 'tenantsMax')}; the rest together`,
    ],
    [
      'API logins remembered, so that each is an event once',
      count(`${http}/api-logins.ts`, 'rememberedMax'),
    ],
    [
      'Failed API logins that become events',
      `${count(`${http}/api-logins.ts`, 'failuresPerHourMax')} a tenant and hour`,
    ],
  ],
  Console: [
    ['Request to the console', size(`${consoleApi}/route.ts`, 'bodyBytesMax')],
    [
      'Attempts to sign in at one time',
      `${count(`${consoleApi}/console-parts.ts`, 'attemptsPerNameMax')} a name, ${count(`${consoleApi}/console-parts.ts`, 'attemptsPerAddressMax')} an address`,
    ],
    [
      'An OpenID provider: its answers, and the way there and back',
      `${size(`${consoleApi}/oidc/bounded-fetch.ts`, 'answerBytesMax')} each, within 10 s; 10 min`,
    ],
    [
      'Searches at one time',
      `${count(`${resources}/console-resources.ts`, 'searchesAtOnce')}; ${count(`${resources}/console-resources.ts`, 'searchesWaiting')} wait, more get 503`,
    ],
    [
      'Live tails that look at events at one time',
      `${count(`${resources}/console-resources.ts`, 'tailsAtOnce')}; as many wait as \`serve.limits.longPolls\`, at least ${count(`${resources}/console-resources.ts`, 'searchesWaiting')}; more get 503`,
    ],
    ['A search', '500 events an answer, looked for during 0.8 s or in 512 MiB'],
    [
      'Downloads at one time',
      `${count(`${resources}/console-resources.ts`, 'downloadsAtOnce')}, ${count(`${resources}/console-resources.ts`, 'downloadsOfOne')} of them one tenant's; more get 503`,
    ],
    [
      'A download',
      `the newest ${count(`${resources}/events/download-events.ts`, 'downloadEventsMax')} events or ${count(`${resources}/activity.ts`, 'downloadActivityMax')} audit entries`,
    ],
    [
      'Audit entries a page looks at',
      `${count(`${directory}/audit-page.ts`, 'candidatesMax')}, of which it shows up to 500`,
    ],
    [
      'Hours counted for the overview',
      `168, by ${count(`${resources}/overview/hour-counts.ts`, 'categoriesMax')} categories; ${count(`${resources}/overview/stream-tallies.ts`, 'talliesMax')} streams in memory`,
    ],
    [
      'Answer shown by "Try it"',
      `${count(`${resources}/try-step.ts`, 'shownBodyLengthMax')} characters of at most ${size(`${resources}/try-step.ts`, 'bodyBytesMax')}`,
    ],
  ],
  'Tenants, people and credentials': [
    ['Tenants', 'as many as operators make; they see all of them in one answer'],
    ['Operators, and people of a tenant', `${count(`${directory}/persons.ts`, 'peopleMax')} each`],
    ['API token', '1 to 365 days, 30 unless stated'],
    [
      'API clients of a tenant',
      `${count(`${directory}/api-clients.ts`, 'apiClientsMax')}, each with ${count(`${directory}/api-clients.ts`, 'accessTokensMax')} access tokens; the oldest ends`,
    ],
    ['Ingest keys of a tenant', count(`${directory}/ingest-keys.ts`, 'ingestKeysMax')],
    [
      'Connectors of a tenant',
      `${count(`${directory}/connectors.ts`, 'connectorsMax')}, with 100 addresses and networks each`,
    ],
    [
      'Good keys of a connector',
      '2; the one before the newest for 24 h unless stated, at most 30 d',
    ],
    [
      'Authorization codes a connector may use',
      `${count(`${directory}/connector-tokens.ts`, 'redeemedCodesMax')} within their life; more get 429`,
    ],
    [
      'Password',
      `12 to ${count(`${directory}/passwords.ts`, 'passwordLengthMax')} characters; argon2id with 19 MiB and 2 passes, ${count(`${directory}/passwords.ts`, 'atOnceMax')} at a time, ${count(`${directory}/passwords.ts`, 'waitingMax')} waiting`,
    ],
    [
      'Invitation',
      `good once, for ${duration(`${directory}/invitations.ts`, 'lifeMs')}; the next one ends it`,
    ],
    [
      'Set-up links that are good at a time',
      count(`${directory}/invitations.ts`, 'setUpInvitationsMax'),
    ],
    [
      'Sessions of a person',
      `${count(`${directory}/sessions.ts`, 'sessionsMax')}, then the oldest ends`,
    ],
    [
      'Credentials kept in memory',
      `${count(`${directory}/fresh-cache.ts`, 'entriesMax')} of each kind`,
    ],
    ['Pulls that wait to be audited', count(`${directory}/pull-recorder.ts`, 'waitingPullsMax')],
    [
      'Detail of an audit entry',
      `${count(`${directory}/audit-trail.ts`, 'detailLengthMax')} characters`,
    ],
  ],
  'Event store': [
    [
      'Appends that wait for their commit',
      `${sqliteStoreDefaults.queuedBytesMax / mebibyte} MiB; more get 503`,
    ],
    [
      'Appends of one commit',
      `${count('src/store/sqlite/writer.ts', 'groupCallsMax')} or ${size('src/store/sqlite/writer.ts', 'groupBytesMax')}`,
    ],
    [
      'Connections to PostgreSQL',
      `\`store.poolSize\`, ${postgresDefaults.poolSize} unless stated, and 6 for tenants and notices`,
    ],
    [
      'Threads of the embedded store',
      '3 with the one that `tailrace verify` has; 2 MiB of pages each',
    ],
    [
      'Identities that are remembered with `deduplication`',
      'those of its horizon: about 2 bytes of memory for each, in PostgreSQL 32 MiB for all',
    ],
    ['Wait for another process that writes', `${sqliteStoreDefaults.busyTimeoutMs / 1000} s`],
    [
      "A sink's quarantine",
      `${quarantineLimits.events.toLocaleString('en-US')} events or ${quarantineLimits.bytes / mebibyte} MiB; then the sink stops`,
    ],
  ],
  Collecting: [
    ['Requests of a source at one time', '1'],
    ['Pages of a source in memory', '2: the one that is stored, and the next; AppTrana’s only one'],
    [
      'What all streams of a sink hold together that is read and not delivered',
      `${size(`${pipeline}/page-budget.ts`, 'pagesHeldBytes')}, or four times the size of its slices`,
    ],
    [
      'Elements of a page of the Druva API',
      count('src/sources/druva/page-elements.ts', 'pageElementsMax'),
    ],
    [
      'Wait between tries',
      `up to ${duration(`${pipeline}/persist.ts`, 'maxMs')} while it may pass by itself, for ever; ${duration(`${sources}/apptrana/troubles.ts`, 'maxMs')} inside a window of attacks`,
    ],
    [
      '`Retry-After` of a vendor or a receiver that is kept to',
      duration(`${pipeline}/persist.ts`, 'retryAfterMaxMs'),
    ],
    [
      'Wait after 429 without `Retry-After`',
      duration(`${sources}/answer-errors.ts`, 'rateLimitWaitMs'),
    ],
    ['Cursor of a vendor', `${count(`${sources}/druva/client.ts`, 'cursorLengthMax')} characters`],
    ['Window that is asked of AppTrana', duration(`${sources}/apptrana/options.ts`, 'windowMsMax')],
    ['Websites of one AppTrana source', count(`${sources}/apptrana/options.ts`, 'websitesMax')],
    ['Codings around an answer', '5; its bytes are counted behind the last'],
  ],
  Delivering: [
    [
      'Slices that a sink sends at one time, each over a connection of its own',
      `${count('src/sinks/deliveries-at-once.ts', 'deliveriesAtOnce')}; ${count('src/sinks/kafka/sink.ts', 'laneCount')} to Kafka, one of each stream into files`,
    ],
    ['Events read for a slice at one time', '5,000 or 1 MiB'],
    [
      'Reason of a refused event',
      `${count(`${pipeline}/refused-events.ts`, 'reasonUnitsMax')} characters`,
    ],
    [
      "A RELP receiver's answer",
      `${size('src/sinks/syslog/relp-responses.ts', 'responseBytesMax')}, of which ${count('src/sinks/syslog/relp-responses.ts', 'answerLengthMax')} characters are kept`,
    ],
    [
      'RELP messages without an answer',
      count('src/sinks/syslog/deliver-over-relp.ts', 'windowSize'),
    ],
    ['Syslog facility', '1 to 23, 23 unless stated'],
    [
      'Problems that `tailrace verify` lists',
      count(`${pipeline}/verification-tally.ts`, 'listedMax'),
    ],
  ],
  'Configuration and secrets': [
    [
      'Configuration file',
      `${size('src/config/read-config.ts', 'configBytesMax')}, ${count('src/config/yaml-document.ts', 'aliasesMax')} aliases`,
    ],
    ['Problems that are listed', count('src/config/yaml-document.ts', 'problemsMax')],
    ['A secret from a file', size('src/config/secret-reader.ts', 'secretBytesMax')],
    ['Master key file', size(`${directory}/master-key-file.ts`, 'keyFileBytesMax')],
  ],
};

export function limitsReference(): string {
  const rows = schemaRows(serveOptions, 'serve.').filter(([key = '']) => limitKeys.test(key));
  const wire = [
    ...schemaRows(z.strictObject(httpOptions), ''),
    ...schemaRows(z.strictObject(batchOptions), ''),
    ...schemaRows(fileSinkOptions, ''),
    ...schemaRows(syslogSinkOptions, ''),
  ].filter(([key = ''], index, all) => wireKeys.test(key) && isFirst(key, index, all));
  const fixed = Object.entries(fixedLimits).map(
    ([title, limits]) => `### ${title}\n\n${table(['what', 'limit'], limits)}`,
  );
  return `# Limits

What is beyond a limit is refused with \`too_large\` (413, 431), \`overloaded\` (503) or \`rate_limited\` (429) and stored nowhere. 503 and 429 come with \`Retry-After\`; as soon as there is room again the next request is served. Whatever waits for a vendor or a receiver tries again for ever, and holds nothing in memory meanwhile.

## Export service

${table(schemaHeadings, rows)}
## Sources and sinks

For each of them; those that speak HTTP have the first ones.

${table(schemaHeadings, wire)}
## Fixed

${fixed.join('\n')}`;
}

/** Several kinds of sinks have the same options. */
function isFirst(key: string, index: number, rows: readonly (readonly string[])[]): boolean {
  return rows.findIndex(([other]) => other === key) === index;
}
