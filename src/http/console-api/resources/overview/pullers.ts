import { parseStoredEvent } from '../../../../core/event.ts';
import { streamName } from '../../../../core/stream.ts';
import type { Connector } from '../../../../directory/connector.ts';
import type { ApiClient, LastUse, Token } from '../../../../directory/directory.ts';
import { appTrana } from '../../../../feeds/apptrana.ts';
import { inSync } from '../../../../feeds/insync.ts';
import type { EventStore, StreamInfo } from '../../../../store/event-store.ts';
import type { Puller, TokenView } from '../../api-types.ts';
import { isSame } from '../last-use.ts';
import { tokenState } from '../tokens.ts';
import { judgePuller, quietMs } from './judge-puller.ts';
import type { PullerFacts } from './judge-puller.ts';

const dayMs = 86_400_000;
const shownMs = 30 * dayMs;

/** What a tenant's clients pull with. */
export interface Credentials {
  readonly tokens: readonly Token[];
  readonly apiClients: readonly ApiClient[];
  readonly connectors: readonly Connector[];
  readonly uses: readonly LastUse[];
}

export interface PullerSurroundings {
  readonly tenant: string;
  readonly nowMs: number;
  readonly store: EventStore;
  readonly infoOf: (feed: string) => StreamInfo | undefined;
}

/** A credential, whether or not it was ever used. */
interface Credential {
  readonly kind: Puller['kind'];
  /** What a person calls it. */
  readonly name: string;
  readonly isUsable: boolean;
  readonly unusable: PullerFacts['unusable'];
  readonly usualFeed: string;
  readonly uses: readonly LastUse[];
}

/** Those who pulled within the last 30 days, one for each feed, and those who could and never did. */
export async function pullers(
  credentials: Credentials,
  surroundings: PullerSurroundings,
): Promise<readonly Puller[]> {
  const all = listCredentials(credentials, surroundings.nowMs);
  const pulls = all.flatMap((credential): readonly Pulls[] => {
    const byFeed = lastByFeed(credential.uses, surroundings.nowMs - shownMs);
    if (byFeed.length > 0) return byFeed.map((use) => ({ credential, feed: use.feed, use }));
    const { isUsable, usualFeed } = credential;
    return isUsable ? [{ credential, feed: usualFeed, use: undefined }] : [];
  });
  return Promise.all(
    pulls.map((own) => {
      const others = pulls.filter((other) => other !== own && other.feed === own.feed);
      const isCovered = others.some((other) => isWell(other, surroundings.nowMs));
      return puller(own, isCovered, surroundings);
    }),
  );
}

/** A credential and what it pulled last of one feed, if it did. */
interface Pulls {
  readonly credential: Credential;
  readonly feed: string;
  readonly use: LastUse | undefined;
}

function isWell({ credential, use }: Pulls, nowMs: number): boolean {
  return (
    credential.isUsable && use !== undefined && use.status < 400 && nowMs - use.atMs <= quietMs
  );
}

const unusableTokens = {
  valid: undefined,
  expired: { how: 'expired', sentence: 'The token has expired' },
  revoked: { how: 'ended', sentence: 'The token was revoked' },
} as const satisfies Record<TokenView['state'], PullerFacts['unusable']>;

function listCredentials(
  { tokens, apiClients, connectors, uses }: Credentials,
  nowMs: number,
): readonly Credential[] {
  const usesOf = (kind: LastUse['principal']['kind'], name: string): readonly LastUse[] =>
    uses.filter(({ principal, feed }) => {
      return principal.kind === kind && feed !== '' && isSame(principal.name, name);
    });
  return [
    ...tokens.map((token): Credential => {
      const state = tokenState(token, nowMs);
      return {
        kind: 'token',
        name: token.email,
        isUsable: state === 'valid',
        unusable: unusableTokens[state],
        usualFeed: inSync.name,
        uses: usesOf('token', token.email),
      };
    }),
    ...apiClients.map(({ clientId, name }): Credential => ({
      kind: 'api-client',
      name,
      isUsable: true,
      unusable: undefined,
      usualFeed: inSync.name,
      uses: usesOf('api_client', clientId),
    })),
    ...connectors.map(({ name, state, approval }): Credential => ({
      kind: 'connector',
      name,
      isUsable: state === 'enabled',
      unusable:
        state === 'enabled' ? undefined : { how: 'ended', sentence: 'The connector is disabled' },
      usualFeed: appTrana.name,
      uses: approval === undefined ? [] : usesOf('connector', approval.apiId),
    })),
  ];
}

/** The last use of each feed; a credential may use several APIs for one. */
function lastByFeed(uses: readonly LastUse[], sinceMs: number): readonly LastUse[] {
  const byFeed = new Map<string, LastUse>();
  for (const use of uses) {
    const known = byFeed.get(use.feed);
    const events24h = use.events24h + (known?.events24h ?? 0);
    const latest = known !== undefined && known.atMs > use.atMs ? known : use;
    byFeed.set(use.feed, { ...latest, events24h });
  }
  return [...byFeed.values()].filter(({ atMs }) => atMs >= sinceMs);
}

async function puller(
  { credential, feed, use }: Pulls,
  isCovered: boolean,
  { tenant, nowMs, store, infoOf }: PullerSurroundings,
): Promise<Puller> {
  const lag = await lagOf(store, tenant, feed, use?.position, infoOf(feed));
  const known = {
    name: credential.name,
    kind: credential.kind,
    api: use?.api ?? null,
    feed,
    address: use?.address ?? null,
    lastPullMs: use?.atMs ?? null,
    lastStatus: use?.status ?? null,
    events24h: use?.events24h ?? 0,
    lagEvents: lag.events,
    lagMs: lag.oldestMs === null ? lag.ms : Math.max(0, nowMs - lag.oldestMs),
  };
  const { unusable } = credential;
  return { ...known, ...judgePuller({ ...known, unusable, isCovered, nowMs }) };
}

interface Lag {
  readonly events: number | null;
  /** When nothing waits, or when nobody knows. */
  readonly ms: number | null;
  /** When the oldest of the events that wait happened. */
  readonly oldestMs: number | null;
}

const unknownLag: Lag = { events: null, ms: null, oldestMs: null };

/** By the position that the last answer went up to. */
async function lagOf(
  store: EventStore,
  tenant: string,
  feed: string,
  position: number | undefined,
  info: StreamInfo | undefined,
): Promise<Lag> {
  if (position === undefined) return unknownLag;
  const events = Math.max(0, (info?.headPosition ?? 0) - position);
  if (events === 0) return { events, ms: 0, oldestMs: null };
  const limits = { events: 1, bytes: 0 };
  const { blocks } = await store.readAfter(streamName(tenant, feed), position, limits);
  const [block] = blocks;
  if (block === undefined) return { events, ms: null, oldestMs: null };
  const { occurredAtMs } = parseStoredEvent(block.ndjson.toString('utf8'));
  return { events, ms: null, oldestMs: occurredAtMs };
}
