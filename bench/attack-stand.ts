/** An export service with stored attacks, and a customer who asks for windows of them. */
import { join } from 'node:path';
import { fetch } from 'undici';
import { openDataDirectory, openDataStore } from '../src/cli/open-data.ts';
import { storedEventWithFieldsText } from '../src/core/event.ts';
import type { StoredEvent } from '../src/core/event.ts';
import type { Window } from '../src/core/window.ts';
import { appTranaGenerator } from '../src/feeds/apptrana-generator.ts';
import { appTrana } from '../src/feeds/apptrana.ts';
import { openServiceStand } from './service-stand.ts';
import type { ServiceStand } from './service-stand.ts';

/** So many attacks, evenly spread over a window. */
export interface Attacks {
  readonly count: number;
  readonly window: Window;
}

export interface AttackStand extends AsyncDisposable {
  readonly pid: number;
  /** The whole answer. */
  read(window: Window): Promise<Buffer>;
  /** Its length; here nothing of it is kept. */
  readLength(window: Window): Promise<number>;
}

const actor = { name: 'bench' };
const batchEvents = 5000;
const templatesMax = 2000;

/** `all` in rising order of time: nothing before the first is served. */
export async function openAttackStand(all: readonly Attacks[]): Promise<AttackStand> {
  const stand = await openServiceStand();
  try {
    await fill(stand, all);
    const authorization = await connect(stand, all[0]?.window.fromMs ?? 0);
    const ask = (window: Window) => getAttackInfo(stand, authorization, window);
    return {
      pid: stand.process.pid,
      read: async (window) => Buffer.from(await (await ask(window)).arrayBuffer()),
      async readLength(window) {
        let length = 0;
        for await (const chunk of (await ask(window)).body ?? []) length += chunk.byteLength;
        return length;
      },
      [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stand[Symbol.asyncDispose]();
    throw error;
  }
}

/** Appends straight into the stand's store. */
async function fill({ root }: ServiceStand, all: readonly Attacks[]): Promise<void> {
  await using store = await openDataStore({ directory: join(root, 'data') });
  const make = attackMaker();
  for (const { count, window } of all) {
    const apartMs = (window.untilMs - window.fromMs) / count;
    for (let done = 0; done < count; done += batchEvents) {
      const events = Array.from({ length: Math.min(batchEvents, count - done) }, (_, index) =>
        make(Math.floor(window.fromMs + (done + index) * apartMs)),
      );
      await store.append({ stream: 'acme/apptrana', events });
    }
  }
  await store.compact();
}

/** Makes attacks as ingest would have stored them, in a tenth of the time. */
function attackMaker(): (timeMs: number) => StoredEvent {
  const timeHole = '2026-01-01T00:00:00.000Z';
  const requestHole = 'request-hole';
  const generate = appTranaGenerator(7);
  const templates = Array.from({ length: templatesMax }, () => {
    const attack = { ...generate(0), attackTime: timeHole, requestId: requestHole };
    const { type, severity } = appTrana.readEvent(attack).event;
    return { type, severity, parts: JSON.stringify(attack).split(/2026-01-01T0.*?Z|request-hole/) };
  });
  let number = 0;
  return (occurredAtMs) => {
    number += 1;
    const template = templates[number % templates.length];
    if (template === undefined) throw new Error('there are no templates');
    const { type, severity, parts } = template;
    const [start, middle, end] = parts;
    const text = `${start}${new Date(occurredAtMs).toISOString()}${middle}request-${number}${end}`;
    return storedEventWithFieldsText(
      { id: `attack-${number}`, occurredAtMs, type, severity },
      text,
    );
  };
}

/** Starts the service; gives the value for `Authorization`. */
async function connect(stand: ServiceStand, siemEnabledAtMs: number): Promise<string> {
  const { apiId, key } = await createConnector(stand, siemEnabledAtMs);
  await stand.start();
  const response = await fetch(`${stand.url}/wafportal/rest/siem/v1/getAuthToken`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${apiId}:${key}`).toString('base64')}` },
    dispatcher: stand.dispatcher,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`getAuthToken answered ${response.status}: ${text}`);
  const answer: { readonly access_token: string } = JSON.parse(text);
  return `Bearer ${answer.access_token}`;
}

async function createConnector({ root }: ServiceStand, siemEnabledAtMs: number) {
  await using directory = await openDataDirectory({ directory: join(root, 'data') }, {});
  const redirectUrl = 'https://siem.example.com/callback';
  await directory.requestConnector('acme', { name: 'siem', redirectUrl }, actor);
  const approved = await directory.approveConnector('acme', 'siem', { siemEnabledAtMs }, actor);
  const [key] = approved.keys;
  return { apiId: approved.approval?.apiId ?? '', key: key?.value.reveal() ?? '' };
}

async function getAttackInfo(
  { url, dispatcher }: ServiceStand,
  authorization: string,
  { fromMs, untilMs }: Window,
) {
  const response = await fetch(`${url}/wafportal/rest/siem/v1/getAttackInfo`, {
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'application/json',
      'accept-encoding': 'identity', // as the static bytes that it is compared with
    },
    body: JSON.stringify({ startTime: fromMs, endTime: untilMs }),
    dispatcher,
  });
  if (response.ok) return response;
  throw new Error(`getAttackInfo answered ${response.status}: ${await response.text()}`);
}
