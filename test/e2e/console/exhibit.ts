import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/core/json.ts';
import { streamName } from '../../../src/core/stream.ts';
import type { Directory } from '../../../src/directory/directory.ts';
import { appTranaGenerator } from '../../../src/feeds/apptrana-generator.ts';
import { inSyncGenerator } from '../../../src/feeds/insync-generator.ts';
import { basicAuthorization } from '../../../src/testing/export-service.ts';
import type { InstanceParts } from '../../../src/http/console-api/instance-parts.ts';
import { ShiftedClock } from '../../../src/testing/shifted-clock.ts';
import { openConsoleStand, people, tenant, type ConsoleStand } from './console-stand.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The afternoon on which everybody looks at it. */
const exhibitMs = Date.UTC(2026, 10, 21, 18, 45, 12);
const createdMs = exhibitMs - 40 * dayMs;
const siemAddress = '203.0.113.20';
const actor = { name: people.administrator, address: '203.0.113.7' };
const operator = { name: people.operator, address: '192.0.2.11' };

/**
 * A service as it looks after a few weeks of use, the same on every run: an organization with a week
 * of events, with credentials that pull and one that ends soon, requests that wait, and neighbours.
 */
export async function openExhibit(): Promise<ConsoleStand> {
  const clock = new ShiftedClock(createdMs);
  const stand = await openConsoleStand(options, { clock, instance });
  try {
    await new Exhibit(stand).fill();
    return stand;
  } catch (error) {
    await stand[Symbol.asyncDispose]();
    throw error;
  }
}

const options = { publicUrl: 'https://export.example.com', trustProxy: ['127.0.0.1/32'] };

/** An instance that keeps a copy of the events on its own, too. */
const instance: InstanceParts = {
  startedAtMs: exhibitMs - 12 * dayMs,
  retention: () => ({ eventsMs: 90 * dayMs, auditMs: 400 * dayMs }),
  freeBytes: async () => 184_000_000_000,
  workers: () => ({
    sources: [],
    sinks: [
      {
        name: 'archive',
        stream: streamName(tenant, 'insync'),
        state: 'running',
        position: Number.MAX_SAFE_INTEGER,
        lastSuccessMs: exhibitMs - 4_000,
        lastError: undefined,
        nextTryMs: undefined,
        needsOperator: false,
      },
    ],
  }),
};

class Exhibit {
  readonly #stand: ConsoleStand;
  readonly #directory: Directory;
  readonly #events = inSyncGenerator(1);
  readonly #attacks = appTranaGenerator(2);
  #progress = '';

  constructor(stand: ConsoleStand) {
    this.#stand = stand;
    this.#directory = stand.directory;
  }

  async fill(): Promise<void> {
    const directory = this.#directory;
    await this.#neighbours();
    this.#until(exhibitMs - 18 * dayMs);
    const token = await directory.createToken(tenant, people.administrator, 90, actor);
    await directory.changeExportSettings(tenant, { facility: 16 }, actor);
    const connector = await this.#connector();
    const login = basicAuthorization(people.administrator, token.value?.reveal() ?? '');
    await this.#events7Days();
    await this.#requests();
    await this.#attempt('/api/events/v1?format=LEEF', { authorization: login });
    const from = { address: '198.51.100.77' };
    await directory.recordFailedSignIn(people.viewer, 'wrong password', from);
    for (let pull = 6; pull >= 0; pull -= 1) {
      this.#until(exhibitMs - pull * 5 * minuteMs);
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as a SIEM asks
      await this.#pull(login);
      // oxlint-disable-next-line no-await-in-loop
      await this.#pullAttacks(connector);
    }
  }

  /** Other customers of the same service. */
  async #neighbours(): Promise<void> {
    const directory = this.#directory;
    await directory.createTenant(
      { id: 'globex', title: 'Globex', edition: 'Elite Plus' },
      operator,
    );
    await directory.changeExportSettings('globex', { enabled: true }, operator);
    await directory.addPerson(
      { tenant: 'globex', email: 'gus@globex.example.com', role: 'administrator' },
      operator,
    );
    await directory.createTenant(
      { id: 'initech', title: 'Initech Ltd.', edition: 'Business' },
      operator,
    );
    await directory.setTenantEnabled('initech', false, operator);
  }

  async #connector(): Promise<string> {
    const allowedNetworks = ['203.0.113.0/24'];
    const redirectUrl = 'https://siem.acme.example.com/callback';
    const name = 'Acme SIEM';
    await this.#directory.requestConnector(tenant, { name, redirectUrl, allowedNetworks }, actor);
    this.#stand.clock.advance(2 * hourMs);
    const { approval, keys } = await this.#directory.approveConnector(
      tenant,
      name,
      { siemEnabledAtMs: exhibitMs - 18 * dayMs },
      operator,
    );
    return basicAuthorization(approval?.apiId ?? '', keys[0]?.value.reveal() ?? '');
  }

  /** More by day than by night, fewer at the weekend. */
  async #events7Days(): Promise<void> {
    const beginMs = Math.floor((exhibitMs - 7 * dayMs) / hourMs) * hourMs;
    for (let startMs = beginMs; startMs < exhibitMs - hourMs; startMs += hourMs) {
      const share = busyness(new Date(startMs));
      const [events, attacks] = [Math.round(120 * share), Math.round(30 * share)];
      this.#until(startMs + hourMs);
      // oxlint-disable-next-line no-await-in-loop -- in the order of time
      await this.#post('insync', spread(events, startMs, hourMs).map(this.#events));
      // oxlint-disable-next-line no-await-in-loop
      await this.#post('apptrana', spread(attacks, startMs, hourMs).map(this.#attacks));
    }
    const startMs = Math.floor(exhibitMs / hourMs) * hourMs;
    this.#until(exhibitMs - 35 * minuteMs);
    await this.#post('insync', spread(60, startMs, 9 * minuteMs).map(this.#events));
    await this.#post('apptrana', spread(12, startMs, 9 * minuteMs).map(this.#attacks));
  }

  async #post(feed: string, events: readonly JsonObject[]): Promise<void> {
    await this.#attempt(`/ingest/v1/${tenant}/${feed}`, {
      method: 'POST',
      authorization: `Bearer ${this.#stand.ingestKey}`,
      'content-type': 'application/x-ndjson',
      body: events.map((event) => JSON.stringify(event)).join('\n'),
    });
  }

  /** Until it has everything, as a SIEM does. */
  async #pull(authorization: string): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each answer says where the next one begins
      const answer = await this.#attempt('/api/events/v1?format=CEF&limit=10000', {
        authorization,
        ...(this.#progress !== '' && { cookie: this.#progress }),
      });
      this.#progress = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      // oxlint-disable-next-line no-await-in-loop
      const { events }: { readonly events: readonly string[] } = JSON.parse(await answer.text());
      if (events.length === 0) return;
    }
  }

  async #pullAttacks(authorization: string): Promise<void> {
    const path = '/wafportal/rest/siem/v1';
    const granted = await this.#attempt(`${path}/getAuthToken`, { method: 'POST', authorization });
    const grant: { readonly access_token: string } = JSON.parse(await granted.text());
    const endTime = this.#stand.clock.nowMs();
    await this.#attempt(`${path}/getAttackInfo`, {
      method: 'POST',
      authorization: `Bearer ${grant.access_token}`,
      'content-type': 'application/json',
      body: JSON.stringify({ startTime: endTime - 5 * minuteMs, endTime }),
    });
  }

  async #requests(): Promise<void> {
    const gus = { name: 'gus@globex.example.com', address: '198.51.100.9' };
    await this.#directory.requestConnector(
      'globex',
      {
        name: 'Globex SOC',
        redirectUrl: 'https://soc.globex.example.com/oauth',
        allowedNetworks: ['198.51.100.0/25', '2001:db8:51::/48'],
      },
      gus,
    );
    await this.#directory.requestConnector(
      tenant,
      { name: 'Test system', redirectUrl: 'https://test.acme.example.com/callback' },
      actor,
    );
  }

  async #attempt(
    path: string,
    { method = 'GET', body, ...headers }: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const response = await fetch(`${this.#stand.baseUrl}${path}`, {
      method,
      headers: { 'x-forwarded-for': siemAddress, ...headers },
      ...(body !== undefined && { body }),
    });
    assert.ok(response.status < 500, `${path} answered ${response.status}`);
    return response;
  }

  #until(timeMs: number): void {
    this.#stand.clock.advance(timeMs - this.#stand.clock.nowMs());
  }
}

function busyness(time: Date): number {
  const fromNoonHours = Math.abs(time.getUTCHours() - 13);
  const weekend = time.getUTCDay() % 6 === 0 ? 0.45 : 1;
  return weekend * (0.15 + Math.exp(-(fromNoonHours ** 2) / 24));
}

/** Evenly spread times, oldest first. */
function spread(count: number, startMs: number, durationMs: number): readonly number[] {
  return Array.from({ length: count }, (_, index) =>
    Math.floor(startMs + (index * durationMs) / Math.max(1, count)),
  );
}
