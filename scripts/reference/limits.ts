import { configBytesMax } from '../../src/config/read-config.ts';
import { serveOptions } from '../../src/http/options.ts';
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
    ['Syslog facility', '1 to 23, 23 unless stated'],
  ];
  return `# Limits

What is beyond a limit is refused with \`too_large\`, \`overloaded\` or \`rate_limited\` and stored nowhere.

## Export service

${table(schemaHeadings, rows)}
## Fixed

${table(['what', 'limit'], fixed)}`;
}
