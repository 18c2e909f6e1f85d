import type { JsonObject } from '../core/json.ts';
import {
  cookies,
  countries,
  paths,
  referers,
  reputations,
  rules,
  userAgents,
  websites,
  type SampleRule,
} from './apptrana-samples.ts';
import { formatIsoTime } from './iso-time.ts';
import { seededRandom, type Random } from './seeded-random.ts';

/**
 * Realistic attacks on four websites, the same ones for the same seed: every category, logged and
 * blocked, addresses of the documentation ranges, payloads with what formats must escape, and now and
 * then a request that two rules find fault with. Each call gives one attack at `nowMs`, with its
 * `websiteName`, in the order of the feed's table.
 */
export function appTranaGenerator(seed: number): (nowMs: number) => JsonObject {
  const random = seededRandom(seed);
  const nextRequestId = requestIds(random);
  let last: SampleRequest | undefined;
  return (nowMs) => {
    if (last !== undefined && random.chance(0.05)) {
      const { rule } = last;
      const again = { ...last, rule: random.weighted(rules.filter((other) => other !== rule)) };
      last = undefined; // at most two, so that no two attacks of a moment are the same
      return makeAttack(random, again, nowMs);
    }
    last = makeRequest(random, random.weighted(rules), nextRequestId(nowMs));
    return makeAttack(random, last, nowMs);
  };
}

/** What attacks that one request makes have in common. */
interface SampleRequest {
  readonly rule: SampleRule;
  readonly requestId: string;
  readonly attackerIP: string;
  readonly website: string;
  readonly payload: string;
  readonly path: string;
  readonly headers: string;
  readonly tlsVersion: string | null;
}

function makeRequest(random: Random, rule: SampleRule, requestId: string): SampleRequest {
  const website = random.weighted(websites).name;
  return {
    rule,
    requestId,
    attackerIP: address(random),
    website,
    payload: random.pick(rule.payloads),
    path: random.pick(paths),
    headers: headerBlob([
      ['Host', website],
      ['User-Agent', random.pick(userAgents)],
      ['Accept', '*/*'],
      ['Accept-Language', random.pick(['-', 'en-us,en;q=0.5'])],
      ['Referer', random.pick(referers)],
      ['Cookie', random.pick(cookies)],
    ]),
    tlsVersion: random.pick(['TLSv1.2', 'TLSv1.3', null]),
  };
}

function makeAttack(random: Random, request: SampleRequest, nowMs: number): JsonObject {
  const { rule, payload } = request;
  const isBlocked = random.chance(0.7);
  return {
    attackerIP: request.attackerIP,
    attackerGeo: random.pick(countries),
    severity: rule.severity,
    eventType: isBlocked ? 'Block' : 'Log',
    attackTime: formatIsoTime(nowMs, 'millisecond'),
    attackUri: `${request.path}?q=${uriText(random, payload)}`,
    target: rule.target,
    attackData: payload,
    ipReputation: random.pick(reputations),
    category: rule.category,
    ruleId: rule.ruleId,
    requestId: request.requestId,
    ruleName: rule.ruleName,
    tagName: rule.tagName,
    hostName: request.website,
    statusCode: isBlocked ? 403 : random.pick([200, 200, 302, 404, 500]),
    requestHeader: request.headers,
    responseHeader: headerBlob([
      ['Cache-Control', '-'],
      ['Content-Type', isBlocked ? '-' : 'text/html; charset=utf-8'],
      ['Content-Length', `${isBlocked ? 0 : random.integer(1, 90_000)}`],
      ['Set-Cookie', random.pick(['-', '-', '-', 'sid=0d6c; Path=/; HttpOnly'])],
    ]),
    tlsVersion: request.tlsVersion,
    requestProtocol: random.pick(['HTTP/1.1', 'HTTP/1.1', 'HTTP/2.0', 'HTTP/1.0']),
    websiteName: request.website,
  };
}

/** Some clients encode what they send, others do not. */
function uriText(random: Random, payload: string): string {
  return random.chance(0.5) ? encodeURIComponent(payload) : payload.replaceAll(/\s/g, '+');
}

/** `"Host":"a" , "User-Agent":"b"` */
function headerBlob(headers: readonly (readonly [string, string])[]): string {
  return headers
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join(' , ');
}

/** Documentation ranges only: RFC 5737 and RFC 3849. */
function address(random: Random): string {
  if (random.chance(0.15)) {
    return `2001:db8:${random.integer(1, 0xffff).toString(16)}::${random.integer(1, 0xffff).toString(16)}`;
  }
  const network = random.pick(['192.0.2', '198.51.100', '203.0.113']);
  return `${network}.${random.integer(1, 254)}`;
}

/**
 * The numbers that Apache's mod_unique_id gives to requests: 27 characters for the second, ten random
 * bytes of the server, a counter and the thread. Here each time the counter is through, another thread
 * begins.
 */
function requestIds(random: Random): (nowMs: number) => string {
  const bytes = Buffer.alloc(20);
  for (let at = 4; at < 14; at += 1) bytes[at] = random.integer(0, 255);
  let count = random.integer(0, 0xffff);
  return (nowMs) => {
    count += 1;
    bytes.writeUInt32BE(Math.floor(nowMs / 1000) % 0x1_0000_0000, 0);
    bytes.writeUInt16BE(count % 0x1_0000, 14);
    bytes.writeUInt32BE(Math.floor(count / 0x1_0000), 16);
    return bytes.toString('base64').replaceAll('+', '@').replaceAll('/', '-').slice(0, 27);
  };
}
