/**
 * Goal: promise 8 along the whole way. Method: thousands of real attacks go through ingest, the SIEM
 * API, the source that pulls from it and the file sink; each published line is compared with the
 * attack as it was sent.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { fetch } from 'undici';
import { Service } from '../../src/cli/service/service.ts';
import { systemClock } from '../../src/cli/system-clock.ts';
import { parseConfig } from '../../src/config/read-config.ts';
import type { TailraceEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { decodeCef } from '../../src/encode/cef/decode-cef.ts';
import { appTrana } from '../../src/feeds/apptrana.ts';
import { publishedLines } from '../../src/testing/published-lines.ts';
import { asOneLine } from '../conformance/expected-text.ts';
import { assertFaithful, assertKnownKeys } from '../conformance/faithful-attack.ts';
import { lognormalize, lognormalizerSkip } from '../conformance/lognormalizer.ts';
import { naivePairs } from '../conformance/naive-cef.ts';
import { sharedLines, skipWithout } from '../conformance/shared-data.ts';

const actor = { name: 'test' };
const log = pino({ level: 'silent' });
const pollMs = 25;
/** Within the last hour, and far enough apart to need several windows. */
const firstAtMs = Date.now() - 3_000_000;
const apartMs = 700;

const attackLines = sharedLines('attacks.ndjson');
const attacks = (attackLines ?? []).map((line, index): JsonObject => {
  const attributes: JsonObject = JSON.parse(line);
  return { ...attributes, attackTime: firstAtMs + index * apartMs };
});
const sent: ReadonlyMap<string, TailraceEvent> = new Map(
  attacks.map((attributes) => appTrana.readEvent(attributes).event).map((e) => [e.id, e]),
);

const sinks = {
  strict: {},
  hardened: { hardened: true },
  // What Debian 12's liblognorm can read.
  spaced: { extensionLeadingSpace: true },
} as const;
type SinkName = keyof typeof sinks;

let home = '';
const published = { strict: [], hardened: [], spaced: [] } as Record<SinkName, readonly string[]>;

describe(
  'attacks that were posted and collected',
  { skip: skipWithout('attacks.ndjson', attackLines), timeout: 60_000 },
  () => {
    before(async () => {
      home = await mkdtemp(join(tmpdir(), 'tailrace-hostile-'));
      for (const name of Object.keys(sinks)) await mkdir(join(home, name));
      await using service = await start('service', { serve: { listen: '127.0.0.1:0' } }, {});
      const { url = '' } = service;
      const { apiId, apiKey, ingestKey } = await createCredentials(service);
      await post(url, ingestKey);
      await using collector = await start('collector', collectorOf(url, apiId), { KEY: apiKey });
      await untilPublished(collector);
      await collector.drain(5000);
      for (const name of ['strict', 'hardened', 'spaced'] as const) {
        published[name] = publishedLines(join(home, name));
      }
    });
    after(() => rm(home, { recursive: true, force: true }));

    it('are as many lines as attacks, each an event that was sent', () => {
      assert.equal(sent.size, 2804);
      for (const lines of Object.values(published)) {
        assert.equal(lines.length, sent.size);
        assert.equal(new Set(lines.map(idOf)).size, sent.size);
        for (const line of lines) {
          assert.ok(sent.has(idOf(line)), line);
          assert.equal(asOneLine(line), line);
        }
      }
    });

    it('hold every value whole or visibly cut, hardened or not', () => {
      let cutValues = 0;
      for (const hardened of [false, true]) {
        for (const line of published[hardened ? 'hardened' : 'strict']) {
          const event = sent.get(idOf(line)) ?? assert.fail(line);
          const { classId, name, extension } = assertFaithful(event, line, { hardened });
          assert.deepEqual([classId, name], [event.fields['ruleId'], event.fields['ruleName']]);
          cutValues += [...extension.values()].filter((value) => value.endsWith('…')).length;
        }
      }
      assert.ok(cutValues > 10 && cutValues < 60, `${cutValues} values were cut`);
    });

    it('create no field in a parser that unescapes before it splits, when hardened', () => {
      for (const line of published.hardened) assertKnownKeys(naivePairs(line).keys());
    });

    it('mean to Debian’s lognormalizer what they mean to us', { skip: lognormalizerSkip }, () => {
      const normalised = lognormalize('rule=:%f:cef%', published.spaced);
      assert.equal(normalised.length, sent.size);
      for (const [index, { f }] of normalised.entries()) {
        const { extension } = decodeCef(published.spaced[index] ?? '');
        assert.deepEqual(f.Extensions, Object.fromEntries(extension));
      }
    });
  },
);

function idOf(line: string): string {
  return decodeCef(line).extension.get('externalId') ?? '';
}

function start(name: string, settings: object, environment: NodeJS.ProcessEnv): Promise<Service> {
  const text = JSON.stringify({ dataDirectory: `data-${name}`, ...settings }); // JSON is YAML
  const { config } = parseConfig(text, join(home, `${name}.yaml`));
  return Service.start(config, { environment, clock: systemClock, log });
}

async function createCredentials({ directory }: Service) {
  assert.ok(directory !== undefined);
  await directory.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
  const { key } = await directory.createIngestKey('acme', 'product', actor);
  const redirectUrl = 'https://siem.example.com/callback';
  await directory.requestConnector('acme', { name: 'siem', redirectUrl }, actor);
  const enabled = { siemEnabledAtMs: firstAtMs - 600_000 };
  const { approval, keys } = await directory.approveConnector('acme', 'siem', enabled, actor);
  return {
    ingestKey: key.reveal(),
    apiId: approval?.apiId ?? '',
    apiKey: keys[0]?.value.reveal() ?? '',
  };
}

async function post(url: string, ingestKey: string): Promise<void> {
  const response = await fetch(`${url}/ingest/v1/acme/apptrana`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/x-ndjson' },
    body: attacks.map((attributes) => JSON.stringify(attributes)).join('\n'),
  });
  const answer = await response.text();
  assert.equal(response.status, 200, answer);
  assert.match(answer, /"appended":2804,"skipped":0/);
}

function collectorOf(url: string, apiId: string): object {
  return {
    sources: [
      {
        name: 'apptrana',
        type: 'apptrana',
        stream: 'acme/apptrana',
        url,
        apiId,
        apiKey: { env: 'KEY' },
        backfill: '55m',
        settle: '0s',
        // Everything is asked for twice at least.
        sweepEvery: '1ms',
        sweepHorizon: '2h',
      },
    ],
    sinks: Object.entries(sinks).map(([name, options]) => ({
      name,
      type: 'file',
      format: 'cef',
      profile: 'strict',
      directory: name,
      rollEvery: '1s',
      ...options,
    })),
  };
}

/** Resolves when every sink has everything that the source has found, asking twice. */
async function untilPublished({ workers }: Service): Promise<void> {
  const [source] = workers.sources;
  const never = new AbortController().signal;
  const isComplete = () =>
    workers.sinkStatuses().length === 3 &&
    workers.sinkStatuses().every(({ position }) => position >= sent.size) &&
    (source?.status.eventsPulled ?? 0) >= 2 * sent.size;
  for (const endAt = performance.now() + 120_000; !isComplete();) {
    assert.ok(performance.now() < endAt, JSON.stringify([source?.status, workers.sinkStatuses()]));
    await systemClock.sleep(pollMs, never);
  }
}
