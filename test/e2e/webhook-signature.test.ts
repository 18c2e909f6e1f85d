/**
 * Goal: what the guide tells receivers of webhooks to do accepts what the sink sends, and nothing
 * else. Method: the guide's own snippets, run over a real request and over altered ones.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../../src/cli/system-clock.ts';
import { Secret } from '../../src/core/secret.ts';
import { httpSinkOptions } from '../../src/sinks/http/options.ts';
import { createHttpSink } from '../../src/sinks/http/sink.ts';
import { HttpPeer } from '../../src/testing/http-peer.ts';
import { eventAt, sliceFrom } from '../contract/sink/slices.ts';

const guide = new URL('../../docs/guides/deliver-to-a-siem.md', import.meta.url);
const key = 'a key that both sides know';
const hasPython = spawnSync('python3', ['--version']).status === 0;
const mustRun = process.env['TAILRACE_TEST_ALL'] === '1';

/** What a receiver is asked about: a request as it came. */
interface Question {
  readonly body: string;
  readonly header: string;
  readonly key: string;
}

/** How the guide's function is asked; prints `true` or `false` for each question, as JSON. */
const askers = {
  python: {
    fence: 'python',
    file: 'snippet.py',
    program: 'python3',
    ask: `
import json, sys
print(json.dumps([is_genuine(q["body"].encode(), q["header"], q["key"].encode()) for q in json.load(sys.stdin)]))
`,
  },
  node: {
    fence: 'js',
    file: 'snippet.mjs',
    program: process.execPath,
    ask: `
import { readFileSync } from 'node:fs';
const questions = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(questions.map((q) => isGenuine(q.body, q.header, q.key))));
`,
  },
} as const;

describe("the guide's way to check a webhook's signature", () => {
  let home = '';
  let genuine: Question;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'tailrace-signature-'));
    genuine = { ...(await signedRequest()), key };
  });
  after(() => rm(home, { recursive: true }));

  for (const [name, { fence, file, program, ask }] of Object.entries(askers)) {
    const skip =
      name === 'python' && !hasPython && !mustRun ? 'package python3 is not installed' : false;
    it(`works in ${name}`, { skip }, async () => {
      const text = await readFile(guide, 'utf8');
      const section = text.slice(text.indexOf('\n## http\n'));
      const [, snippet = ''] = new RegExp(`\`\`\`${fence}\\n([^]*?)\`\`\``).exec(section) ?? [];
      assert.ok(snippet.length > 100, 'the guide has no snippet');
      await writeFile(join(home, file), snippet + ask);
      const { header } = genuine;
      const questions: readonly Question[] = [
        genuine,
        { ...genuine, body: `${genuine.body} ` },
        { ...genuine, key: 'another key' },
        { ...genuine, header: header.replace(/t=(\d)/, (_, digit) => `t=${9 - Number(digit)}`) },
        { ...genuine, header: header.replace(/v1=.*/, 'v1=') },
        { ...genuine, header: 'nonsense, ü' },
        { ...genuine, header: '' },
      ];
      const input = JSON.stringify(questions);
      const answers: unknown = JSON.parse(
        execFileSync(program, [join(home, file)], { input, encoding: 'utf8' }),
      );
      assert.deepEqual(
        answers,
        questions.map((question) => question === genuine),
      );
    });
  }
});

async function signedRequest(): Promise<Pick<Question, 'body' | 'header'>> {
  const requests: { readonly body: string; readonly header: string }[] = [];
  await using peer = await HttpPeer.start(({ body, headers }) => {
    requests.push({ body, header: String(headers['tailrace-signature']) });
    return { status: 204 };
  });
  const options = httpSinkOptions.parse({
    type: 'http',
    url: peer.url,
    signingKey: { env: 'KEY' },
    compression: true,
  });
  await using sink = createHttpSink('hook', options, 'cef', {
    clock: systemClock,
    log: pino({ level: 'silent' }),
    readSecret: async () => new Secret(key),
  });
  const line = `CEF:0|Zoë نور|${'x'.repeat(2000)}`;
  await sink.deliver(sliceFrom([eventAt(1, line)]), new AbortController().signal);
  const [request] = requests;
  if (request === undefined) throw new Error('nothing was sent');
  return request;
}
