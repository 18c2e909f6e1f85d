/** Settings › inSync APIs: the documents' task "Generate a token to access Events API", as written. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { sampleBatch } from '../../../src/testing/export-service.ts';
import { clipboard, consoleSkip, openConsoleStand, people, tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';
import { copySnippet } from './copy-snippet.ts';
import { postEvents } from './post-events.ts';
import { SnippetFolder, snippetSkip } from './run-snippet.ts';

const dayMs = 86_400_000;

describe('the access token', { skip: consoleSkip || snippetSkip }, () => {
  let stand: ConsoleStand;
  before(async () => {
    stand = await openConsoleStand({ console: { sessionLife: '365d', idleLife: '365d' } });
    await postEvents(stand, 'insync', sampleBatch(3));
  });
  after(() => stand[Symbol.asyncDispose]());

  it('is created with a date, copied, used with curl and Python, and not copied once it expired', async () => {
    const page = await stand.openAs('administrator', '/settings/api');
    await page.getByText('You have no token yet').waitFor();
    await createToken(page);
    await page.getByText(/\(in 30 days\)/).waitFor();
    await page.getByRole('button', { name: 'Copy Token' }).click();
    await page.getByText('Copied', { exact: true }).first().waitFor();
    const copied = await clipboard(page);
    assert.equal(
      copied,
      (await stand.directory.token(tenant, people.administrator))?.value?.reveal(),
    );

    await page.getByRole('switch', { name: 'Put the token into the text' }).click();
    const curl = await copySnippet(page, 'curl');
    await using folder = await SnippetFolder.create();
    const first = await folder.run('bash', curl);
    assert.equal(first.match(/event number [123]/g)?.length, 3, first);
    const second = await folder.run('bash', curl);
    assert.ok(!second.includes('event number'), 'the progress cookie continues');

    await using elsewhere = await SnippetFolder.create();
    const lines = await elsewhere.run('python3', await copySnippet(page, 'Python'));
    assert.equal(lines.match(/event number [123]/g)?.length, 3, lines);

    stand.clock.advance(31 * dayMs);
    // The page asks again by itself.
    await page.getByText('This token has expired').waitFor({ timeout: 30_000 });
    assert.ok(await page.getByRole('button', { name: 'Copy Token' }).isDisabled());
    assert.equal(await page.getByText(copied).count(), 0);
    await assert.rejects(folder.run('bash', curl), /401|ended with 22/);
  });

  it('lives as long as the date says, one day at least', async () => {
    const page = await stand.openAs('administrator', '/settings/api');
    await page.getByRole('button', { name: 'Create New Token' }).click();
    await pickFirstDay(page);
    const dialog = page.getByRole('dialog', { name: 'Create New Token' });
    await dialog.getByText('Good for 1 day,').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const token = await stand.directory.token(tenant, people.administrator);
    assert.equal((token?.expiresAtMs ?? 0) - (token?.createdAtMs ?? 0), dayMs);
  });

  it('ends at once when a new one is created, and that is said before', async () => {
    const page = await stand.openAs('administrator', '/settings/api');
    await createToken(page);
    const old = (await stand.directory.token(tenant, people.administrator))?.value?.reveal() ?? '';
    await page.getByRole('button', { name: 'Create New Token' }).click();
    await page.getByRole('dialog').getByText('The token you have ends at once').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.equal(await stand.directory.authenticateToken(people.administrator, old), undefined);
  });

  it('is the administrator’s: a viewer sees that there is one, and no way to it', async () => {
    const page = await stand.openAs('viewer', '/settings/api');
    await page.getByRole('cell', { name: people.administrator }).waitFor();
    for (const name of ['Copy Token', 'Create New Token', 'Create credentials']) {
      assert.equal(await page.getByRole('button', { name }).count(), 0, name);
    }
  });
});

describe('API credentials', { skip: consoleSkip || snippetSkip }, () => {
  it('show their secret once, pull with it, and end when they are revoked', async () => {
    await using stand = await openConsoleStand();
    await postEvents(stand, 'insync', sampleBatch(3));
    const page = await stand.openAs('administrator', '/settings/api');
    await page.getByRole('button', { name: 'Create credentials' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Sentinel');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Copy the secret now' });
    await dialog.getByRole('button', { name: 'Copy the client secret' }).click();
    await page.getByText('Copied', { exact: true }).first().waitFor();
    const secret = await clipboard(page);
    await dialog.getByRole('switch').click();
    for (const [title, interpreter] of [
      ['curl', 'bash'],
      ['Python', 'python3'],
    ] as const) {
      const snippet = await copySnippet(page, title);
      await using folder = await SnippetFolder.create();
      const output = await folder.run(interpreter, snippet);
      assert.equal(output.match(/event number [123]/g)?.length, 3, output);
    }
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await page.reload();
    await page.getByRole('cell', { name: 'Sentinel', exact: true }).waitFor();
    assert.equal(await page.getByText(secret).count(), 0);

    await page.getByRole('button', { name: 'Revoke Sentinel' }).click();
    const confirmation = page.getByRole('dialog', { name: 'Revoke Sentinel?' });
    assert.ok(await confirmation.getByRole('button', { name: 'Revoke' }).isDisabled());
    await confirmation.getByLabel('Type Sentinel to confirm').fill('Sentinel');
    await confirmation.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No API credentials yet').waitFor();
    assert.deepEqual(await stand.directory.apiClients(tenant), []);
  });
});

async function createToken(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Create New Token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Good for 30 days').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** The default stands a month ahead; days before tomorrow cannot be chosen. */
async function pickFirstDay(page: Page): Promise<void> {
  await page.getByLabel('Expire on').click();
  const previous = page.getByRole('button', { name: 'Previous month' });
  while (await previous.isEnabled()) await previous.click();
  await page.getByRole('table').getByRole('button', { disabled: false }).first().click();
}
