/** The console while the service cannot be reached, and when it can be again. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { consoleSkip, openConsoleStand, people } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';

describe('the console without a connection', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openConsoleStand()));
  after(() => stand[Symbol.asyncDispose]());

  it('says so over what it shows, and asks again by itself until it is connected', async () => {
    const page = await stand.openAs('administrator', '/people');
    await page.getByRole('row', { name: people.viewer }).first().waitFor();
    const banner = page.getByRole('alert', { name: 'The service does not answer' });
    assert.equal(await banner.count(), 0);

    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite' });
    await dialog.getByLabel('E-mail address').fill('new@acme.example.com');
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await banner.waitFor();
    await banner.getByText('may be out of date, and nothing can be saved.').waitFor();
    await banner.getByText('What you typed stays here.').waitFor();
    assert.equal(
      await dialog.getByLabel('E-mail address').inputValue(),
      'new@acme.example.com',
      'what was typed is gone',
    );
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.ok(await page.getByRole('row', { name: people.viewer }).first().isVisible());

    const colleague = { tenant: 'acme', email: 'cole@acme.example.com', role: 'viewer' } as const;
    await stand.directory.addPerson(colleague, { name: 'test' });
    await page.context().setOffline(false);
    await banner.waitFor({ state: 'detached' });
    await page.getByRole('row', { name: colleague.email }).first().waitFor();
  });
});
