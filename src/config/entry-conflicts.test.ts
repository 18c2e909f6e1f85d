import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseConfig, readConfig } from './read-config.ts';

const file = '/etc/tailrace/tailrace.yaml';

const client = 'type: druva, api: v2, stream: acme/insync, clientId: abc, clientSecret: { env: A }';
const administrator =
  'type: druva, api: v1, stream: acme/insync, username: ada@example.com, token: { env: A }';
const remote = `${client.replace('druva, api: v2', 'tailrace')}, url: 'https://export.example.com/'`;
const attacks = 'type: apptrana, stream: acme/apptrana, apiId: APIKEYexample01, apiKey: { env: A }';

/** [of what two sources are, both] */
const doubled: readonly (readonly [string, string, string])[] = [
  ['one API client', client, `${client}, format: cef, url: 'https://APIS.druva.com/'`],
  ['one administrator', administrator, administrator.replace('env: A', 'env: B')],
  ['one client of another Tailrace', remote, `${remote}, wait: 10s`],
  ['one connector', attacks, `${attacks}, times: numbers`],
  ['all websites and of one', attacks, `${attacks}, websites: [www.example.com]`],
  [
    'a website in common',
    `${attacks}, websites: [www.example.com, a.example.com], eventType: Log`,
    `${attacks}, websites: [b.example.com, www.example.com]`,
  ],
];

/** [what two sources are and may do, both] */
const apart: readonly (readonly [string, string, string])[] = [
  ['of one client may write into two streams', client, client.replace('acme', 'globex')],
  ['of two clients may write into one stream', client, client.replace('abc', 'def')],
  [
    'of clients of one name may pull from two services',
    `${client}, url: 'https://a.example.com'`,
    `${client}, url: 'https://b.example.com'`,
  ],
  [
    'of one connector may share its websites out',
    `${attacks}, websites: [a.example.com]`,
    `${attacks}, websites: [b.example.com]`,
  ],
  [
    'of one connector may ask for one kind of attack each',
    `${attacks}, eventType: Log`,
    `${attacks}, eventType: Block`,
  ],
];

describe('two sources', () => {
  for (const [title, first, second] of doubled) {
    it(`of ${title} may not write into one stream`, () => {
      assert.throws(
        () => parseConfig(entries('sources', first, second), file),
        /has 1 problem\n.*:3:\d+: stream: source 'a' pulls the same events into acme\/\w+ already; each would be stored and delivered twice$/,
      );
    });
  }

  for (const [title, first, second] of apart) {
    it(title, () => {
      const { config } = parseConfig(entries('sources', first, second), file);
      assert.equal(config.sources.length, 2);
    });
  }
});

describe('two file sinks', () => {
  it('may not write into one place by different paths', async () => {
    const root = await mkdtemp(join(tmpdir(), 'tailrace-config-'));
    try {
      await mkdir(join(root, 'watched'));
      await symlink('watched', join(root, 'link'));
      const path = join(root, 'tailrace.yaml');
      const refuses = async (first: string, second: string, expected: RegExp) => {
        const sinks = [first, second].map((where) => `type: file, ${where}`);
        await writeFile(path, entries('sinks', ...sinks));
        await assert.rejects(readConfig(path), expected);
      };
      await refuses(
        'directory: watched',
        'directory: link',
        /:3:\d+: directory: sink 'a' writes there too/,
      );
      await refuses(
        'directory: watched, manifest: watched/made/later.jsonl',
        'directory: other, manifest: link/made/later.jsonl',
        /:3:\d+: manifest: sink 'a' writes there too/,
      );
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

/** A section with the entries a, b and so on, a line each. */
function entries(section: string, ...options: readonly string[]): string {
  const lines = options.map((some, index) => `  - { name: ${'abc'.charAt(index)}, ${some} }\n`);
  return `${section}:\n${lines.join('')}`;
}
