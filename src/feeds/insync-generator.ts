import type { JsonObject } from '../core/json.ts';
import { inSyncCategories } from './insync-catalogue.ts';
import {
  devices,
  details,
  people,
  profiles,
  severityOfState,
  stackTrace,
} from './insync-samples.ts';
import { formatIsoTime } from './iso-time.ts';
import { seededRandom, type Random } from './seeded-random.ts';

/** Of 100 events, how many have this type; the rest is spread over all others. */
const weights: Readonly<Record<string, number>> = {
  Backup: 30,
  Restore: 18,
  Download: 14,
  'Admin Audit Trail': 6,
  'API Login': 6,
  'Admin Login': 5,
};

const choices = inSyncCategories.flatMap((category) =>
  category.eventTypes.map((type) => ({
    category: category.name,
    type: type.name,
    states: type.states,
    weight: weights[type.name] ?? 2,
  })),
);

/**
 * Realistic inSync events, the same ones for the same seed: names in several scripts, every category,
 * type and state, addresses of the documentation ranges, and characters that formats must escape.
 * Each call gives the attributes (canonical names and types) of one event at `nowMs`.
 */
export function inSyncGenerator(seed: number): (nowMs: number) => JsonObject {
  const random = seededRandom(seed);
  let eventID = 1_203_589_860;
  return (nowMs) => {
    // Now and then two events belong to one act, as EventID says.
    if (!random.chance(0.05)) eventID += 1;
    return makeEvent(random, eventID, nowMs);
  };
}

function makeEvent(random: Random, eventID: number, nowMs: number): JsonObject {
  const { category, type, states } = random.weighted(choices);
  // Things mostly go well: the first state is the good one.
  const eventState = random.chance(0.6) ? states[0] : random.pick(states);
  const person = random.pick(people);
  const failed = eventState === 'Failed';
  return {
    category,
    eventID,
    eventType: type,
    eventState,
    severity: severityOfState[eventState] ?? 6,
    timestamp: formatIsoTime(nowMs),
    initiator: random.chance(0.15) ? null : random.pick(people).email,
    inSyncUserID: 1_000_000 + person.number,
    inSyncUserName: person.name,
    inSyncUserEmail: person.email,
    inSyncDataSourceID: random.integer(10_000, 9_999_999),
    inSyncDataSourceName: random.pick(devices),
    clientVersion: random.pick(['5.9.5r54841', '6.1.1r73332', '7.2.0r(e67f3e32)', '7.4.1r110211']),
    clientOS: clientOS(random),
    profileID: random.integer(1, 50_000),
    profileName: random.pick(profiles),
    ip: address(random),
    eventDetails: details(type, eventState, random),
    errorLogFullTrace: failed && random.chance(0.6) ? stackTrace(random) : null,
  };
}

function clientOS(random: Random): string {
  return random.pick([
    'win32',
    'Mac OS X',
    'Linux',
    'Office 365 OneDrive',
    'Office 365 Exchange Online',
    'Office 365 SharePoint',
    'G Suite Gmail',
    'G Suite Google Drive',
    'Box Box',
  ]);
}

/** Documentation ranges only: RFC 5737 and RFC 3849. Cloud sources have no address. */
function address(random: Random): string {
  if (random.chance(0.1)) return '';
  if (random.chance(0.15)) return `2001:db8::${random.integer(1, 0xffff).toString(16)}`;
  const network = random.pick(['192.0.2', '198.51.100', '203.0.113']);
  return `${network}.${random.integer(1, 254)}`;
}
