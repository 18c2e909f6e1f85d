import { configBytesMax } from '../../src/config/read-config.ts';
import { downloadActivityMax } from '../../src/http/console-api/resources/activity.ts';
import { downloadEventsMax } from '../../src/http/console-api/resources/events/download-events.ts';
import { serveOptions } from '../../src/http/options.ts';
import { quarantineLimits } from '../../src/store/event-store.ts';
import { sqliteStoreDefaults } from '../../src/store/sqlite/options.ts';
import { schemaHeadings, schemaRows } from './schema-rows.ts';
import { table } from './table.ts';

const limitKeys = /^`serve\.(?:limits|rateLimits|eventsApi|siemApi)\./;
const mebibyte = 1024 ** 2;

export function limitsReference(): string {
  const rows = schemaRows(serveOptions, 'serve.').filter(([key = '']) => limitKeys.test(key));
  const fixed = [
    ['Configuration file', `${configBytesMax / mebibyte} MiB`],
    ['Appends that wait for their commit', `${sqliteStoreDefaults.queuedBytesMax / mebibyte} MiB`],
    ['Idempotency keys are remembered for', '24 h'],
    ['Identity of an event', '128 characters'],
    ['Name of a tenant, feed, source or sink', '63 characters'],
    ['API token', '1 to 365 days, 30 unless stated'],
    ['Connectors of a tenant', '100, with 100 addresses and networks each'],
    ['Good keys of a connector', '2; the one before the newest for at most 30 d'],
    ['Window of `getAttackInfo`', '5 min, at most 30 d back'],
    ['Authorization codes a connector may use', '1,000 within their life'],
    ['Window of `getAttackInfo`', '5 minutes: 300,000 ms'],
    ['Attacks are answered for', '30 days back, and since SIEM was enabled'],
    ['Connectors', '100 a tenant, each with 100 allowed networks'],
    ['Key of a connector after a rotation', '0 s to 30 days, 24 h unless stated'],
    [
      "A sink's quarantine",
      `${quarantineLimits.events.toLocaleString('en-US')} events or ${quarantineLimits.bytes / mebibyte} MiB; then the sink stops`,
    ],
    ['Operators, and people of a tenant', '1,000 each'],
    [
      'Password',
      '12 to 512 characters; argon2id with 19 MiB and 2 passes, 2 at a time, 64 waiting',
    ],
    ['Invitation', 'good once, for 7 d; the next one ends it'],
    ['Sessions of a person', '50, then the oldest ends'],
    ['Attempts to sign in at one time', '2 a name, 20 an address'],
    ['Way to an OpenID provider and back', '10 min'],
    ['Request to the console', '64 KiB'],
    ['Audit entries a page looks at', '20,000, of which it shows up to 500'],
    [
      'A search in the console',
      '500 events an answer, looked for during 0.8 s or in 512 MiB; 3 at one time, 100 waiting',
    ],
    [
      'A download from the console',
      `the newest ${downloadEventsMax.toLocaleString('en-US')} events or ${downloadActivityMax.toLocaleString('en-US')} audit entries; 4 at one time`,
    ],
    ['Hours counted for the overview', '168, by 40 categories; 2,000 streams in memory'],
    ['Syslog facility', '1 to 23, 23 unless stated'],
  ];
  return `# Limits

What is beyond a limit is refused with \`too_large\`, \`overloaded\` or \`rate_limited\` and stored nowhere.

## Export service

${table(schemaHeadings, rows)}
## Fixed

${table(['what', 'limit'], fixed)}`;
}
