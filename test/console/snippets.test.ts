/** Goal: what the console offers to paste is right, whatever a name holds. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { apiClientSnippets } from '../../console/src/screens/settings/snippets/api-client-snippets.ts';
import { connectorSnippets } from '../../console/src/screens/settings/snippets/connector-snippets.ts';
import { eventsApiSnippets } from '../../console/src/screens/settings/snippets/events-api-snippets.ts';
import {
  pythonString,
  shellWord,
  yamlScalar,
  type Snippet,
} from '../../console/src/screens/settings/snippets/snippet.ts';
import { parseConfig } from '../../src/config/read-config.ts';

const access = { publicUrl: 'https://export.example.com', tenant: 'acme' };
const secret = 'dont-show-me-unasked';

const families: Readonly<Record<string, (secret: string | undefined) => readonly Snippet[]>> = {
  token: (token) => eventsApiSnippets({ ...access, email: "o'hara@example.com", token }),
  'API client': (value) => apiClientSnippets({ ...access, clientId: 'client-17', secret: value }),
  connector: (key) => connectorSnippets({ ...access, apiId: 'APIKEYexample01', key }),
};

describe('snippets', () => {
  for (const [name, snippets] of Object.entries(families)) {
    it(`of a ${name}: hold the secret only when it is given`, () => {
      assert.ok(snippets(undefined).every(({ text }) => !text.includes(secret)));
      assert.ok(snippets(secret).some(({ text }) => text.includes(secret)));
    });

    it(`of a ${name}: the collector takes its configuration`, () => {
      for (const given of [undefined, secret]) {
        const yaml =
          snippets(given).find(({ title }) => title === 'Tailrace collector')?.text ?? '';
        assert.deepEqual(parseConfig(yaml, 'tailrace.yaml').warnings, []);
      }
    });
  }

  it('quote any word for the shell', () => {
    for (const word of [
      "o'hara",
      '$(id)',
      '`id`',
      '"; rm -rf x',
      'a b',
      '',
      '\\',
      '!!',
      '-n',
      '*',
    ]) {
      assert.equal(printed(word), word);
    }
  });

  it('quote any text for Python and YAML', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), (value) => {
        assert.equal(parse(yamlScalar(value)), value);
        assert.equal(JSON.parse(pythonString(value)), value);
      }),
    );
  });
});

function printed(word: string): string {
  return execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' });
}
