/** Goal: `tailrace export | head` ends as quietly as any other program does in that place. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tailraceJson } from '../../src/testing/tailrace-process.ts';
import { range, temporaryRoot } from './relay-stand.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

it('ends without a word when nobody reads any more what it writes', async () => {
  using root = temporaryRoot();
  const data = join(root.path, 'data');
  const file = join(root.path, 'events.ndjson');
  const events = range(1, 5000).map((eventID) =>
    JSON.stringify({
      eventID,
      eventType: 'Backup',
      eventState: 'Success',
      severity: 6,
      timestamp: '2026-11-21T10:00:00Z',
    }),
  );
  writeFileSync(file, events.join('\n'));
  await tailraceJson('tenant', 'create', 'acme', '--data-directory', data);
  await tailraceJson('import', '--tenant', 'acme', file, '--data-directory', data);
  const words = ['export', '--tenant', 'acme', '--data-directory', data];
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  assert.deepEqual({ code, complaints }, { code: 0, complaints: '' });
});
