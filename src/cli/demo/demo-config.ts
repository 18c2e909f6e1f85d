import { join } from 'node:path';
import { stringify } from 'yaml';
import { parseConfig } from '../../config/read-config.ts';
import type { Config } from '../../config/read-config.ts';
import { streamName } from '../../core/stream.ts';
import { demoTenant } from './demo-credentials.ts';
import type { DemoCredentials } from './demo-credentials.ts';

export const eventStream = streamName(demoTenant, 'insync');
export const attackStream = streamName(demoTenant, 'apptrana');

/** Where the demo keeps what, under its directory. */
export interface DemoLayout {
  readonly directory: string;
  readonly service: string;
  readonly collector: string;
  readonly cef: string;
  readonly syslog: string;
  readonly attacks: string;
  readonly credentials: string;
}

export function demoLayout(directory: string): DemoLayout {
  return {
    directory,
    service: join(directory, 'service'),
    collector: join(directory, 'collector'),
    cef: join(directory, 'cef'),
    syslog: join(directory, 'syslog'),
    attacks: join(directory, 'attacks'),
    credentials: join(directory, 'credentials.json'),
  };
}

/** The vendor's half: an export service and nothing else. */
export function serviceConfig(layout: DemoLayout, listen: string): Config {
  return configOf(layout, { dataDirectory: layout.service, serve: { listen } });
}

/** Variables in which the collector finds its secrets; set for this process only. */
const clientSecret = 'TAILRACE_DEMO_CLIENT_SECRET';
const apiKey = 'TAILRACE_DEMO_API_KEY';

export function collectorEnvironment({ eventsApi, siemApi }: DemoCredentials): NodeJS.ProcessEnv {
  return { [clientSecret]: eventsApi.clientSecret, [apiKey]: siemApi.apiKey };
}

/** The security team's half: pulls from the service over HTTP and publishes files. */
export function collectorConfig(layout: DemoLayout, credentials: DemoCredentials): Config {
  const { baseUrl, eventsApi, siemApi } = credentials;
  const source = { url: baseUrl, pollEvery: '500ms' };
  const sink = { type: 'file', rollEvery: '1s' };
  return configOf(layout, {
    dataDirectory: layout.collector,
    sources: [
      {
        ...source,
        name: 'insync',
        type: 'druva',
        api: 'v2',
        stream: eventStream,
        clientId: eventsApi.clientId,
        clientSecret: { env: clientSecret },
      },
      {
        ...source,
        name: 'apptrana',
        type: 'apptrana',
        stream: attackStream,
        apiId: siemApi.apiId,
        apiKey: { env: apiKey },
        ...impatience,
      },
    ],
    sinks: [
      { ...sink, name: 'cef', streams: eventStream, format: 'cef', directory: layout.cef },
      { ...sink, name: 'syslog', streams: eventStream, format: 'syslog', directory: layout.syslog },
      {
        ...sink,
        name: 'attacks',
        streams: attackStream,
        format: 'cef',
        profile: 'strict',
        directory: layout.attacks,
      },
    ],
  });
}

/** Attacks settle for minutes where they come from many machines; here a person waits for them. */
const impatience = { settle: '1s', sweepEvery: '5s', sweepHorizon: '30s', backfill: '10m' };

/** By the way of every configuration, so that defaults and checks are the same. */
function configOf({ directory }: DemoLayout, settings: object): Config {
  return parseConfig(stringify(settings), join(directory, 'tailrace.yaml')).config;
}
