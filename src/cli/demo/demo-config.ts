import { join } from 'node:path';
import { stringify } from 'yaml';
import { parseConfig } from '../../config/read-config.ts';
import type { Config } from '../../config/read-config.ts';
import { demoTenant } from './demo-credentials.ts';

/** Where the demo keeps what, under its directory. */
export interface DemoLayout {
  readonly directory: string;
  readonly service: string;
  readonly collector: string;
  readonly cef: string;
  readonly syslog: string;
  readonly credentials: string;
}

export function demoLayout(directory: string): DemoLayout {
  return {
    directory,
    service: join(directory, 'service'),
    collector: join(directory, 'collector'),
    cef: join(directory, 'cef'),
    syslog: join(directory, 'syslog'),
    credentials: join(directory, 'credentials.json'),
  };
}

/** The vendor's half: an export service and nothing else. */
export function serviceConfig(layout: DemoLayout, listen: string): Config {
  return configOf(layout, { dataDirectory: layout.service, serve: { listen } });
}

/** The variable in which the collector finds its client secret; set for this process only. */
export const secretVariable = 'TAILRACE_DEMO_CLIENT_SECRET';

/** The security team's half: pulls from the service over HTTP and publishes files. */
export function collectorConfig(layout: DemoLayout, baseUrl: string, clientId: string): Config {
  const sink = { type: 'file', rollEvery: '1s' };
  return configOf(layout, {
    dataDirectory: layout.collector,
    sources: [
      {
        name: 'insync',
        type: 'druva',
        api: 'v2',
        stream: `${demoTenant}/insync`,
        url: baseUrl,
        clientId,
        clientSecret: { env: secretVariable },
        pollEvery: '500ms',
      },
    ],
    sinks: [
      { ...sink, name: 'cef', format: 'cef', directory: layout.cef },
      { ...sink, name: 'syslog', format: 'syslog', directory: layout.syslog },
    ],
  });
}

/** By the way of every configuration, so that defaults and checks are the same. */
function configOf({ directory }: DemoLayout, settings: object): Config {
  return parseConfig(stringify(settings), join(directory, 'tailrace.yaml')).config;
}
