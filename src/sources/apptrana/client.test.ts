import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../core/json.ts';
import { withoutKnownSecrets } from '../../lib/without-secrets.ts';
import {
  ApptranaLab,
  labStartMs as startMs,
  eventsOf,
  numbersOf,
  rejects,
} from '../../testing/apptrana-lab.ts';
import { plainAttack } from '../../testing/plain-attacks.ts';
import {
  type ApptranaFault,
  apptranaCredentials,
  ScriptedApptrana,
} from '../../testing/scripted-apptrana.ts';
import type { SourcePage } from '../source.ts';

const signal = new AbortController().signal;
const minuteMs = 60_000;
const dayMs = 86_400_000;

describe('how the AppTrana source gets its token', () => {
  for (const auth of ['client_credentials', 'authorize', 'basic'] as const) {
    it(`by ${auth}, once, until shortly before its end`, async () => {
      await using lab = await ApptranaLab.start({ tokenLifeSeconds: 86_400 });
      const source = lab.source({ auth, backfill: '5m' });
      let checkpoint = (await lab.pullAll(source)).at(-1)?.checkpoint;
      lab.clock.advance(dayMs - 61_000);
      checkpoint = (await source.pull(checkpoint, signal)).checkpoint;
      assert.equal(lab.service.tokenRequests.length, 1);
      lab.clock.advance(1000);
      await source.pull(checkpoint, signal);
      assert.equal(lab.service.tokenRequests.length, 2);
      const form = Object.fromEntries(new URLSearchParams(lab.service.tokenRequests[0]?.body));
      const { apiId, apiKey } = apptranaCredentials;
      const keys = { client_id: apiId, client_secret: apiKey };
      const expected = {
        client_credentials: { ...keys, grant_type: 'client_credentials' },
        authorize: { ...keys, code: 'c0de+/=0' },
        basic: {},
      };
      assert.deepEqual(form, expected[auth]);
    });
  }

  it('anew, once, when it is refused in the middle', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ backfill: '1h' });
    const first = await lab.firstPage(source);
    lab.service.revokeTokens();
    await source.pull(first.checkpoint, signal);
    assert.equal(lab.service.tokenRequests.length, 2);
  });

  it('and leaves the last two out of messages', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ backfill: '1d' });
    let checkpoint: string | undefined;
    for (let token = 1; token <= 13; token += 1) {
      lab.service.revokeTokens();
      checkpoint = (await source.pull(checkpoint, signal)).checkpoint;
    }
    const said = [10, 11, 12].map((number) => withoutKnownSecrets(`access-token-${number}`));
    assert.deepEqual(
      said.map((text) => text === '…'),
      [false, true, true],
    );
  });

  it('and says refused when the new one is refused too', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ backfill: '1h' });
    const first = await lab.firstPage(source);
    lab.service.fault = () => ({
      fault: 'answer',
      status: 401,
      body: '{"errorMessages":["Unauthorised"]}',
    });
    const error = await rejects(source.pull(first.checkpoint, signal), 'source_refused', /401/);
    assert.equal(lab.service.tokenRequests.length, 2);
    assert.ok(!error.message.includes('access-token'));
  });

  it('anew, once, when it is forbidden, which a token that was revoked may be', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ backfill: '1h' });
    const first = await lab.firstPage(source);
    const forbidden = { fault: 'answer', status: 403, body: 'no' } as const;
    lab.service.next(forbidden);
    const second = await source.pull(first.checkpoint, signal);
    assert.equal(lab.service.tokenRequests.length, 2);
    lab.service.fault = () => forbidden;
    for (let attempt = 0; attempt < 3; attempt++) {
      await rejects(source.pull(second.checkpoint, signal), 'source_refused', /403/);
    }
    assert.equal(lab.service.tokenRequests.length, 3);
  });

  it('and says refused when the key is wrong, without showing it', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ apiId: 'APIKEYother' });
    const error = await rejects(lab.firstPage(source), 'source_refused', /Unauthorised/);
    assert.ok(!error.message.includes(apptranaCredentials.apiKey));
  });

  it('and says misbehaved when the answer holds none, without showing the answer', async () => {
    await using lab = await ApptranaLab.start();
    lab.service.nextToken({ fault: 'answer', status: 200, body: '{"accessToken":"abcd"}' });
    const error = await rejects(
      lab.firstPage(lab.source()),
      'source_misbehaved',
      /without a token/,
    );
    assert.ok(!error.message.includes('abcd'));
  });

  it('through a code, without ever visiting the place it is sent to', async () => {
    await using elsewhere = await ScriptedApptrana.start({ nowMs: Date.now });
    await using lab = await ApptranaLab.start({ redirectUrl: `${elsewhere.url}/callback?x=1` });
    await lab.pullAll(lab.source({ auth: 'authorize', backfill: '5m' }));
    assert.equal(elsewhere.requests.length + elsewhere.tokenRequests.length, 0);
  });

  const codeAnswers: readonly {
    readonly title: string;
    readonly answer: Omit<Extract<ApptranaFault, { fault: 'answer' }>, 'fault'>;
    readonly code: string;
    readonly message: RegExp;
    readonly afterMs?: number;
  }[] = [
    {
      title: 'a page',
      answer: { status: 200, body: '<html>' },
      code: 'source_misbehaved',
      message: /without a redirect/,
    },
    {
      title: 'a redirect without a code',
      answer: { status: 302, headers: { location: 'https://siem.example.com/' } },
      code: 'source_misbehaved',
      message: /holds no code/,
    },
    {
      title: 'a redirect with an error',
      answer: { status: 302, headers: { location: '/x?error=access_denied' } },
      code: 'source_refused',
      message: /access_denied/,
    },
    { title: '401', answer: { status: 401 }, code: 'source_refused', message: /401/ },
    { title: '503', answer: { status: 503 }, code: 'source_unavailable', message: /503/ },
    {
      title: '429',
      answer: { status: 429 },
      code: 'source_unavailable',
      message: /429/,
      afterMs: 60_000,
    },
    {
      title: '429 and Retry-After',
      answer: { status: 429, headers: { 'retry-after': '17' } },
      code: 'source_unavailable',
      message: /429/,
      afterMs: 17_000,
    },
  ];
  for (const { title, answer, code, message, afterMs } of codeAnswers) {
    it(`and says ${code} when authorize answers with ${title}`, async () => {
      await using lab = await ApptranaLab.start();
      lab.service.nextAuthorize({ fault: 'answer', ...answer });
      const pulling = lab.firstPage(lab.source({ auth: 'authorize' }));
      const error = await rejects(pulling, code, message);
      assert.equal(error.retryAfterMs, afterMs);
    });
  }
});

describe('what the AppTrana source makes of answers', () => {
  const failures: readonly {
    readonly title: string;
    readonly fault: ApptranaFault;
    readonly code: string;
    readonly message: RegExp;
    readonly afterMs?: number;
  }[] = [
    {
      title: '429 with seconds',
      fault: { fault: 'answer', status: 429, headers: { 'retry-after': '17' } },
      code: 'source_unavailable',
      message: /429/,
      afterMs: 17_000,
    },
    {
      title: '429 without Retry-After',
      fault: { fault: 'answer', status: 429 },
      code: 'source_unavailable',
      message: /429/,
      afterMs: 60_000,
    },
    {
      title: '503 with Retry-After',
      fault: { fault: 'answer', status: 503, headers: { 'retry-after': '5' } },
      code: 'source_unavailable',
      message: /503/,
      afterMs: 5000,
    },
    {
      title: '403',
      fault: { fault: 'answer', status: 403, body: '{"errorMessages":["IP not allowed"]}' },
      code: 'source_refused',
      message: /IP not allowed/,
    },
    {
      title: 'a redirect',
      fault: {
        fault: 'answer',
        status: 302,
        headers: { location: 'https://example.com/login?t=1' },
      },
      code: 'source_misbehaved',
      message: /redirecting to https:\/\/example\.com\/login$/,
    },
    {
      title: 'an HTML page',
      fault: {
        fault: 'answer',
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><title>Sign in</title>',
      },
      code: 'source_misbehaved',
      message: /expected attacks.*text\/html.*Sign in/,
    },
    {
      title: 'a failure that says 200',
      fault: {
        fault: 'answer',
        status: 200,
        body: '{"successMessage":"Failure","errorMessages":["Try later"],"data":[]}',
      },
      code: 'source_misbehaved',
      message: /Try later/,
    },
    {
      title: 'data that is no list',
      fault: { fault: 'answer', status: 200, body: '{"successMessage":"Success","data":{}}' },
      code: 'source_misbehaved',
      message: /expected attacks/,
    },
    {
      title: 'an empty body',
      fault: { fault: 'answer', status: 200 },
      code: 'source_misbehaved',
      message: /empty/,
    },
  ];
  for (const { title, fault, code, message, afterMs } of failures) {
    it(`says ${code} to ${title}, and gets the attacks at the next attempt`, async () => {
      await using lab = await ApptranaLab.start();
      lab.service.add([plainAttack(1, startMs - 6 * minuteMs)]);
      const source = lab.source({ backfill: '7m' });
      const isForbidden = fault.fault === 'answer' && fault.status === 403;
      lab.service.next(fault, ...(isForbidden ? [fault] : [])); // once more for a new token
      const error = await rejects(lab.firstPage(source), code, message);
      assert.equal(error.retryAfterMs, afterMs);
      assert.deepEqual(numbersOf((await lab.persist(source)).pages), [1]);
    });
  }

  const empty: readonly (readonly [string, JsonObject])[] = [
    ['data is null', { successMessage: 'Success', data: null }],
    ['data is missing', { successMessage: 'Success' }],
    ['data is empty', { successMessage: 'Success', data: [] }],
    [
      'attacks is null',
      { successMessage: 'Success', data: [{ websiteName: 'a', attacks: null }, null] },
    ],
    ['attacks is missing', { successMessage: 'Success', data: [{ websiteName: 'a' }] }],
  ];
  for (const [title, body] of empty) {
    it(`takes it for a window without attacks when ${title}`, async () => {
      await using lab = await ApptranaLab.start();
      lab.service.body = () => body;
      const pages = await lab.pullAll(lab.source({ backfill: '10m' }));
      assert.deepEqual(eventsOf(pages), []);
      assert.equal(pages.at(-1)?.caughtUp, true);
    });
  }

  it('keeps attributes as they are, but for blanks around host names', async () => {
    await using lab = await ApptranaLab.start();
    const attack = {
      attackTime: startMs - 6 * minuteMs,
      category: ' Bot Attacks ',
      requestId: 'r',
      ruleId: 1,
      hostName: ' www.example.com ',
      somethingNew: { list: [1, null, ' x '] },
      large: 12_345_678_901_234_568,
    };
    lab.service.add([plainAttack(1, attack.attackTime, { attack })]);
    lab.service.body = undefined;
    const [event] = eventsOf(await lab.pullAll(lab.source({ backfill: '7m' })));
    const { large: _, ...exact } = attack;
    const expected = { ...exact, websiteName: 'www.example.com', hostName: 'www.example.com' };
    const { large, ...fields } = event?.fields ?? {};
    assert.deepEqual(fields, expected);
    assert.equal(large, String(attack.large), 'digits that a double cannot hold stay digits');
  });

  it('keeps what it cannot read, and lets it hold up nothing', async () => {
    await using lab = await ApptranaLab.start();
    const timeMs = startMs - 6 * minuteMs;
    const undated = { attackTime: 'yesterday', category: 'X' };
    const untyped = { attackTime: new Date(timeMs).toISOString(), category: 7 };
    lab.service.add([
      plainAttack(1, timeMs),
      plainAttack(2, timeMs, { attack: undated }),
      plainAttack(3, timeMs, { attack: 'a line' }),
      plainAttack(4, timeMs, { attack: untyped }),
      plainAttack(5, timeMs),
    ]);
    const source = lab.source({ backfill: '7m' });
    const first = await lab.pullAll(source);
    const events = eventsOf(first);
    assert.deepEqual(
      events.map(({ type, original }) => original ?? type),
      ['Bot Attacks', JSON.stringify(undated), '"a line"', JSON.stringify(untyped), 'Bot Attacks'],
    );
    assert.equal(events[3]?.occurredAtMs, timeMs);
    const midnightMs = Math.floor(timeMs / dayMs) * dayMs;
    assert.deepEqual([events[1]?.occurredAtMs, events[2]?.occurredAtMs], [midnightMs, midnightMs]);
    assert.match(JSON.stringify(events[1]?.fields['attackData']), /could not be read \(attackTime/);
    // The sweep gets them again: the same identities at the same times.
    lab.clock.advance(16 * minuteMs);
    const swept = (await lab.pullAll(source, first.at(-1)?.checkpoint)).filter(
      (page) => page.isSweep,
    );
    assert.deepEqual(keysOf(swept), keysOf(first));
  });

  it('has each attack of a page once', async () => {
    await using lab = await ApptranaLab.start();
    const twice = plainAttack(1, startMs - 6 * minuteMs);
    lab.service.add([twice, twice]);
    assert.deepEqual(numbersOf(await lab.pullAll(lab.source({ backfill: '7m' }))), [1]);
  });
});

/** What an event is recognised by. */
function keysOf(pages: readonly SourcePage[]): string[] {
  return pages.flatMap(({ events }) =>
    events.ids.map((id, index) => `${id} ${events.occurredAtMs[index]}`),
  );
}
