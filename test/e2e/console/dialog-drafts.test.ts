/** What was typed into a dialog when the page had to go is there again, in the dialog. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { PersonRole } from '../../../src/directory/people.ts';
import { consoleSkip, openConsoleStand, tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';

interface DraftedDialog {
  readonly role: PersonRole;
  readonly path: string;
  readonly button: string;
  readonly field: string;
  readonly send: string;
}

const dialogs: readonly DraftedDialog[] = [
  {
    role: 'operator',
    path: '/operator/tenants',
    button: 'Create organization',
    field: 'Name',
    send: 'Create',
  },
  {
    role: 'operator',
    path: `/operator/tenants/${tenant}`,
    button: 'Create ingest key',
    field: 'Name',
    send: 'Create',
  },
  {
    role: 'administrator',
    path: '/settings/api',
    button: 'Create credentials',
    field: 'Name',
    send: 'Create',
  },
];

describe('drafts of dialogs', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openConsoleStand()));
  after(() => stand[Symbol.asyncDispose]());

  for (const { role, path, button, field, send } of dialogs) {
    it(`come back after “${button}”, and are forgotten when they are sent`, async () => {
      const page = await stand.openAs(role, path);
      const dialog = page.getByRole('dialog');
      await page.getByRole('button', { name: button }).click();
      await dialog.getByLabel(field).fill('Nightly 7');
      await page.reload(); // as a provider's sign-in page does
      await dialog.getByText('What you had typed is back').waitFor();
      assert.equal(await dialog.getByLabel(field).inputValue(), 'Nightly 7');
      await dialog.getByRole('button', { name: send, exact: true }).click();
      await page.getByText('Nightly 7').first().waitFor();
      await dialog.getByLabel(field).waitFor({ state: 'detached' });
      assert.deepEqual(await draftKeys(page), []);
    });
  }

  it('come back with the date of a new token', async () => {
    const page = await stand.openAs('administrator', '/settings/api');
    const dialog = page.getByRole('dialog', { name: 'Create New Token' });
    await page.getByRole('button', { name: 'Create New Token' }).click();
    const date = dialog.getByRole('button', { name: 'Expire on' });
    const proposed = await date.textContent();
    await date.click();
    await page.getByRole('button', { name: 'Next month' }).click();
    await page.getByRole('button', { name: /^15 / }).click();
    const chosen = await date.textContent();
    assert.notEqual(chosen, proposed);
    await page.reload(); // as a provider's sign-in page does
    await dialog.getByText('What you had typed is back').waitFor();
    assert.equal(await date.textContent(), chosen);
    await dialog.getByRole('button', { name: 'Discard' }).click();
    assert.equal(await date.textContent(), proposed);
  });
});

function draftKeys(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(
    "Object.keys(sessionStorage).filter((key) => key.includes('draft'))",
  );
}
