import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigError } from './problem.ts';
import type { Problem } from './problem.ts';
import { sinkTypes } from './adapters.ts';
import { parseConfig, readConfig } from './read-config.ts';

const file = '/etc/tailrace/tailrace.yaml';

const whole = `
dataDirectory: data
serve:
  listen: 0.0.0.0:8480
sources:
  - name: druva
    type: druva
    api: v2
    stream: acme/insync
    clientId: abc
    clientSecret: { env: DRUVA_SECRET }
sinks:
  - name: siem
    type: file
    streams: acme/*
    directory: ./out
    format: syslog
    rollEvery: 2s
`;

const source = `sources:
  - name: druva
    type: druva
    api: v2
    stream: acme/insync
    clientId: abc
    clientSecret: { env: DRUVA_SECRET }
`;

const apptrana = `  - name: apptrana
    type: apptrana
    stream: acme/apptrana
    apiId: APIKEYexample01
    apiKey: { file: key }
`;

describe('a right configuration', () => {
  it('is read with its defaults, every path relative to the file', () => {
    const { config, warnings } = parseConfig(whole, file);
    assert.deepEqual(warnings, []);
    assert.equal(config.dataDirectory, '/etc/tailrace/data');
    assert.equal(config.serve?.listen, '0.0.0.0:8480');
    assert.equal(config.retention.events, 30 * 86_400_000);
    const [druva] = config.sources;
    assert.equal(druva?.stream, 'acme/insync');
    assert.equal(druva?.deduplication, undefined);
    assert.equal(druva?.type, 'druva');
    assert.deepEqual(
      druva?.type === 'druva' && druva.options.api === 'v2' && druva.options.clientSecret,
      {
        env: 'DRUVA_SECRET',
      },
    );
    const [siem] = config.sinks;
    assert.ok(siem?.type === 'file');
    assert.deepEqual(siem.streams, ['acme/*']);
    assert.equal(siem.options.directory, '/etc/tailrace/out');
    assert.equal(siem.options.rollEvery, 2000);
    assert.equal(siem.facility, 23);
  });

  it('may have a source of every product', () => {
    const { config } = parseConfig(`${source}${apptrana}`, file);
    const [, attacks] = config.sources;
    assert.equal(attacks?.type, 'apptrana');
    assert.ok(attacks.type === 'apptrana');
    assert.equal(attacks.options.settle, 120_000);
    assert.deepEqual(attacks.options.apiKey, { file: '/etc/tailrace/key' });
  });

  it('may be one document between its marks', () => {
    assert.deepEqual(parseConfig(`---\n${whole}...\n# no more\n`, file).warnings, []);
  });

  it('may use anchors', () => {
    const text = `x: &d ./out\n`;
    assert.throws(() => parseConfig(text, file), /unknown key 'x'/);
    const { config } = parseConfig(
      `${source}sinks:\n  - { name: a, type: file, directory: &out ./a }\n  - { name: b, type: file, directory: ./b, stagingDirectory: *out }\n`,
      file,
    );
    const [, b] = config.sinks;
    assert.equal(b?.type === 'file' && b.options.stagingDirectory, '/etc/tailrace/a');
  });
});

const knownSinks = Object.keys(sinkTypes).join(', ');

/** [what is wrong, the file, problems as `line:column: message`] */
const wrong: readonly (readonly [string, string, readonly string[]])[] = [
  ['a misspelt section', 'sorces: []\n', ["1:1: unknown key 'sorces'; did you mean 'sources'?"]],
  [
    'a key nobody could have meant',
    'colour: red\n',
    [
      "1:1: unknown key 'colour'; known are dataDirectory, log, masterKey, monitor, previousMasterKey, retention, serve, sinks, sources, store",
    ],
  ],
  [
    'a misspelt key of a type',
    `${source}    clientSecrets: { env: A }\n`,
    ["8:5: unknown key 'clientSecrets' in sources[0]; did you mean 'clientSecret'?"],
  ],
  [
    'a misspelt key that every source has',
    source.replace('stream:', 'steam:'),
    [
      '2:5: sources[0].stream is missing: expected TENANT/FEED, such as acme/insync',
      "5:5: unknown key 'steam' in sources[0]; did you mean 'stream'?",
    ],
  ],
  [
    'a misspelt type',
    'sinks:\n  - { name: a, type: fiel, directory: x }\n',
    [`2:22: type: expected one of ${knownSinks}, got "fiel"; did you mean 'file'?`],
  ],
  [
    'no type',
    'sinks:\n  - { name: a, directory: x }\n',
    [`2:5: type is missing: expected one of ${knownSinks}`],
  ],
  [
    'no type beside a key that no type has',
    'sinks:\n  - { name: a, directry: x }\n',
    [
      `2:5: type is missing: expected one of ${knownSinks}`,
      "2:16: unknown key 'directry' in sinks[0]; did you mean 'directory'?",
    ],
  ],
  [
    'a number where a duration belongs',
    'retention:\n  events: 30\n',
    ['2:11: retention.events: expected a whole number with ms, s, m, h or d, such as 30s, got 30'],
  ],
  [
    'facility 0',
    'sinks:\n  - { name: a, type: file, directory: x, facility: 0 }\n',
    ['2:52: sinks[0].facility: expected a whole number from 1 to 23, got 0'],
  ],
  [
    'facility 24',
    'sinks:\n  - { name: a, type: file, directory: x, facility: 24 }\n',
    ['2:52: sinks[0].facility: expected a whole number from 1 to 23, got 24'],
  ],
  [
    'an unknown format',
    'sinks:\n  - { name: a, type: file, directory: x, format: ceff }\n',
    [
      '2:50: sinks[0].format: expected one of cef, syslog, json, ecs, ocsf, got "ceff"; did you mean \'cef\'?',
    ],
  ],
  [
    'an unknown feed',
    source.replace('acme/insync', 'acme/inysnc'),
    ["5:13: stream: there is no feed 'inysnc'; did you mean 'insync'?"],
  ],
  [
    "a stream of another product's feed",
    `${source}${apptrana.replace('acme/apptrana', 'acme/insync')}`,
    [
      '10:13: stream: a source of type apptrana pulls events of the feed apptrana, not of insync; write acme/apptrana',
    ],
  ],
  [
    'a feed that a source of inSync events cannot have',
    source.replace('acme/insync', 'acme/apptrana'),
    [
      '5:13: stream: a source of type druva pulls events of the feed insync, not of apptrana; write acme/insync',
    ],
  ],
  [
    'a website twice',
    `sources:\n${apptrana}    websites: [www.example.com, www.example.com]\n`,
    ['7:15: sources[0].websites: each website once'],
  ],
  [
    'a stream without feed',
    source.replace('acme/insync', 'acme'),
    ['5:13: sources[0].stream: expected TENANT/FEED, such as acme/insync, got "acme"'],
  ],
  [
    'a secret in the file',
    source.replace('{ env: DRUVA_SECRET }', 'hunter2'),
    [
      '7:19: sources[0].clientSecret is a secret and must not stand in the file: expected { env: NAME } or { file: PATH }',
    ],
  ],
  [
    'a secret by both ways',
    source.replace('{ env: DRUVA_SECRET }', '{ env: A, file: b }'),
    ['7:19: sources[0].clientSecret: expected { env: NAME } or { file: PATH } and nothing else'],
  ],
  [
    'a missing secret',
    source.replace('    clientSecret: { env: DRUVA_SECRET }\n', ''),
    ['2:5: sources[0].clientSecret is missing: expected { env: NAME } or { file: PATH }'],
  ],
  ...['username: ada', 'password: { env: A }'].map(
    (half): readonly [string, string, readonly string[]] => [
      `half a credential, ${half}`,
      `${source}    proxy: { url: 'http://proxy.example.com:3128', ${half} }\n`,
      [
        `8:${half.startsWith('p') ? 62 : 12}: sources[0].proxy.password: username and password go together`,
      ],
    ],
  ),
  [
    'an unknown variant',
    source.replace('v2', 'v3'),
    ['4:10: sources[0].api: expected one of v1, v2, got "v3"; did you mean \'v1\'?'],
  ],
  [
    'a name twice',
    'sinks:\n  - { name: a, type: file, directory: x }\n  - { name: a, type: file, directory: y }\n',
    ["3:13: name: 'a' is taken by the entry of line 2; names of sinks must differ"],
  ],
  [
    'a directory twice',
    'sinks:\n  - { name: a, type: file, directory: x }\n  - { name: b, type: file, directory: ./x/ }\n',
    ["3:39: directory: sink 'a' writes there too; give each its own"],
  ],
  [
    'a manifest twice',
    'sinks:\n  - { name: a, type: file, directory: x, manifest: m }\n  - { name: b, type: file, directory: y, manifest: ./m }\n',
    ["3:52: manifest: sink 'a' writes there too; give each its own"],
  ],
  [
    "a manifest that is another sink's without being named there",
    'sinks:\n  - { name: a, type: file, directory: x }\n  - { name: b, type: file, directory: y, manifest: x/.tailrace/a/manifest.jsonl }\n',
    ["3:52: manifest: sink 'a' writes there too; give each its own"],
  ],
  [
    'a retention within which a source asks again for what was dropped',
    `retention: { events: 377m }\nsources:\n${apptrana}`,
    [
      "1:22: retention.events: 377m is not more than 2m longer than sweepHorizon and sweepEvery of source 'apptrana' together, 6h and 15m: it would store again what has been dropped",
    ],
  ],
  [
    'a retention of nothing',
    'retention: { events: 0s }\n',
    ['1:22: retention.events: must be 1m to 36500d'],
  ],
  [
    'a second document',
    'log: {}\n---\nretention: { events: 7d }\n',
    ['2:1: a second document begins here, of which nothing would be read'],
  ],
  ['a key twice', 'log: {}\nlog: {}\n', ['2:1: the same key stands here twice']],
  ['an entry that is none', 'sinks: [5]\n', ['1:9: sinks[0]: expected keys with values']],
  ['a list that is none', 'sinks: everything\n', ['1:8: sinks: expected a list, got "everything"']],
  ['a text', 'hello\n', ['1:1: the file: expected keys with values, got "hello"']],
  [
    'several at once, in order',
    'log: { level: loud }\nretention: { audit: soon }\nmonitor: { lisen: x }\n',
    [
      '1:15: log.level: expected one of debug, info, warn, error, got "loud"',
      '2:21: retention.audit: expected a whole number with ms, s, m, h or d, such as 30s, got "soon"',
      "3:12: unknown key 'lisen' in monitor; did you mean 'listen'?",
    ],
  ],
];

describe('a wrong configuration', () => {
  for (const [title, text, expected] of wrong) {
    it(`names ${title}`, () => {
      assert.deepEqual(problemsOf(text), expected);
    });
  }

  it('names every syntax error with its place', () => {
    const [problem] = problemsOf('sinks:\n  - name: "a\n');
    assert.match(problem ?? '', /^[23]:\d+: .*quote/i);
  });

  it('never repeats a secret, wherever it was written', () => {
    const text = source
      .replace('{ env: DRUVA_SECRET }', '[hunter2]')
      .replace('clientId: abc', 'url: https://admin:hunter2@example.com/');
    assert.doesNotMatch(problemsOf(text).join('\n'), /hunter2/);
  });

  it('refuses a document that grows when it is read', () => {
    const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++) {
      bomb.push(
        `b${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    assert.match(problemsOf(bomb.join('\n'))[0] ?? '', /more than 100 repetitions/);
  });

  it('refuses a document that is nested without end', () => {
    assert.match(problemsOf('['.repeat(200_000))[0] ?? '', /nested too deeply/);
  });
});

describe('a doubtful configuration', () => {
  it('is warned about when a sink will get nothing', () => {
    const text = `${source}sinks:\n  - { name: a, type: file, directory: x, streams: [other/*] }\n`;
    const { warnings } = parseConfig(text, file);
    assert.deepEqual(warnings, [
      { line: 9, column: 51, message: "sink 'a' will get nothing: no source writes other/*" },
    ]);
  });

  it('is warned about when events may be dropped before anybody has taken them', () => {
    const drops = 'which are dropped after 378m, delivered or not';
    const cases = [
      [`retention: { events: 59m }\n${source}`, ['events are dropped after 59m, delivered or not']],
      [`retention: { events: 1h }\n${source}`, []],
      [
        `retention: { events: 378m }\nsources:\n${apptrana}`,
        [`source 'apptrana' begins with events of 30d, ${drops}`],
      ],
      [`retention: { events: 378m }\nsources:\n${apptrana}    backfill: 6h\n`, []],
    ] as const;
    for (const [text, expected] of cases) {
      const { warnings } = parseConfig(text, file);
      assert.deepEqual(
        warnings,
        expected.map((what) => ({ line: 1, column: 22, message: `retention.events: ${what}` })),
      );
    }
  });

  it('is let pass with a short retention when all is kept, nothing is asked for again, or all is remembered', () => {
    parseConfig(`retention: { events: 378m }\nsources:\n${apptrana}`, file);
    for (const more of ['    sweepHorizon: 0s\n', '    deduplication: { horizon: 1d }\n']) {
      parseConfig(`retention: { events: 2h }\nsources:\n${apptrana}${more}`, file);
    }
  });

  it('is warned about when there is nothing to do', () => {
    for (const text of ['', 'log: {}\n']) {
      assert.match(parseConfig(text, file).warnings[0]?.message ?? '', /nothing to do/);
    }
  });
});

describe('every example', () => {
  for (const path of globSync('examples/*.yaml')) {
    it(`${path} is in order`, async () => {
      assert.deepEqual((await readConfig(path)).warnings, []);
    });
  }
});

describe('a configuration file', () => {
  it('that is missing, a directory or too large is refused', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tailrace-config-'));
    try {
      const large = join(directory, 'large.yaml');
      await writeFile(large, '#'.repeat(1024 * 1024 + 1));
      for (const path of [join(directory, 'none.yaml'), directory, large]) {
        await assert.rejects(readConfig(path), { code: 'config_unreadable' });
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

function problemsOf(text: string): readonly string[] {
  let problems: readonly Problem[] = [];
  assert.throws(
    () => parseConfig(text, file),
    (error) => {
      assert.ok(error instanceof ConfigError, String(error));
      problems = error.problems;
      return true;
    },
  );
  return problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}
