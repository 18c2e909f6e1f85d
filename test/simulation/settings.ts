import type { z } from 'zod';
import type { StreamName } from '../../src/core/stream.ts';
import type { Random } from '../../src/feeds/seeded-random.ts';
import type { serveOptions } from '../../src/http/options.ts';
import { apptranaOptions } from '../../src/sources/apptrana/options.ts';
import { createApptranaSource } from '../../src/sources/apptrana/source.ts';
import { druvaOptions } from '../../src/sources/druva/options.ts';
import { createDruvaSource } from '../../src/sources/druva/source.ts';
import type { Source, SourceContext } from '../../src/sources/source.ts';
import { tailraceOptions } from '../../src/sources/tailrace/options.ts';
import { createTailraceSource } from '../../src/sources/tailrace/source.ts';
import type { Credentials } from './export-service.ts';

export type FeedName = 'insync' | 'apptrana';

/** Which of the ways through the pipeline a run takes. */
export interface Setting {
  readonly feed: FeedName;
  /** Whether the source keeps the order of the service's stream. */
  readonly keepsOrder: boolean;
  /** Whether it finds what the service got only after its time had been asked for. */
  readonly findsLate: boolean;
  /** Whether an answer that comes again, older than the last, is something the source is made for. */
  readonly standsStaleAnswers: boolean;
  /** Whether the ids of its events are the same however often they come. */
  readonly mayDeduplicate: boolean;
  /** Whether it sees by its own clock that events are missing, and errs when that is wrong. */
  readonly seesGapsByTime: boolean;
  /** Who may drop old events so that their loss has to be said: see docs/RELIABILITY.md. */
  readonly mayForget: readonly ('service' | 'collector')[];
  /** How long an event may be late. */
  readonly lateMsMax: number;
  readonly pollMs: number;
  /** What the source authenticates with. */
  secret(credentials: Credentials): string;
  source(options: SourceParts): Source;
}

interface SourceParts {
  readonly credentials: Credentials;
  readonly context: SourceContext;
  readonly stream: StreamName;
}

const url = 'http://127.0.0.1';
const inEnvironment = { env: 'SECRET' } as const;
const dayMs = 86_400_000;

export const settings = {
  'druva v1, json': druva('v1', 'json'),
  'druva v1, cef': druva('v1', 'cef'),
  'druva v2, json': druva('v2', 'json'),
  'druva v2, syslog': druva('v2', 'syslog'),
  apptrana: apptrana('40m'),
  'apptrana without sweeps': apptrana('0s'),
  tailrace: {
    feed: 'insync',
    keepsOrder: true,
    findsLate: true,
    standsStaleAnswers: true,
    mayDeduplicate: false,
    seesGapsByTime: false,
    mayForget: ['service', 'collector'],
    lateMsMax: dayMs,
    pollMs: 2000,
    secret: ({ token }) => token,
    source: ({ credentials: { email: username }, context, stream }) => {
      const paging = { wait: '10s', pageEvents: 7 };
      const options = { type: 'tailrace', url, username, token: inEnvironment, ...paging };
      return createTailraceSource('vendor', stream, tailraceOptions.parse(options), context);
    },
  },
} as const satisfies Record<string, Setting>;
export type SettingName = keyof typeof settings;

const isSettingName = (name: string): name is SettingName => name in settings;
export const settingNames = Object.keys(settings).filter(isSettingName);

/** A service whose cursors live long, or so short that every outage outlives them. */
export function randomServeOptions(
  random: Random,
  mayForget: boolean,
): z.input<typeof serveOptions> {
  const pageEvents = random.pick([3, 10, 500]);
  const cursorLife = mayForget ? '48h' : random.pick(['20s', '3m', '48h']);
  return { eventsApi: { pageEvents, cursorLife, accessTokenLife: '5m' } };
}

function apptrana(sweepHorizon: '40m' | '0s'): Setting {
  const findsLate = sweepHorizon !== '0s';
  return {
    feed: 'apptrana',
    keepsOrder: false,
    findsLate,
    standsStaleAnswers: true,
    mayDeduplicate: false,
    seesGapsByTime: false,
    mayForget: [],
    lateMsMax: findsLate ? 20 * 60_000 : 0,
    pollMs: 60_000,
    secret: ({ apiKey }) => apiKey,
    source: ({ credentials, context, stream }) => {
      const { apiId } = credentials;
      const schedule = { backfill: '30m', settle: '1m', sweepEvery: '5m', sweepHorizon };
      const auth = apiId.length % 2 === 0 ? 'basic' : 'client_credentials';
      const options = { type: 'apptrana', url, apiId, apiKey: inEnvironment, auth, ...schedule };
      return createApptranaSource('vendor', stream, apptranaOptions.parse(options), context);
    },
  };
}

function druva(api: 'v1' | 'v2', format: 'json' | 'cef' | 'syslog'): Setting {
  return {
    feed: 'insync',
    keepsOrder: true,
    findsLate: true,
    standsStaleAnswers: false,
    mayDeduplicate: format === 'json',
    seesGapsByTime: true,
    mayForget: api === 'v1' ? ['service'] : [],
    lateMsMax: dayMs,
    pollMs: 10_000,
    secret: ({ token, clientSecret }) => (api === 'v1' ? token : clientSecret),
    source: ({ credentials, context, stream }) => {
      const { email: username, clientId } = credentials;
      const login =
        api === 'v1'
          ? { username, token: inEnvironment }
          : { clientId, clientSecret: inEnvironment };
      const options = druvaOptions.parse({ type: 'druva', api, url, format, ...login });
      return createDruvaSource('vendor', stream, options, context);
    },
  };
}
