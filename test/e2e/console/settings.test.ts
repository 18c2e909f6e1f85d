/** Settings › Event export, as an administrator and a viewer meet it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import {
  consoleSkip,
  openConsoleStand,
  password,
  people,
  signIn,
  tenant,
} from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';

const path = '/settings/event-export';
const all = [
  'Alerts And Notifications',
  'Backup And Restore',
  'WebDAV',
  'Bulk Export WebDAV',
  'Admin Event',
  'API',
  'System Event',
  'User And Device',
];

describe('the settings of the export', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openConsoleStand()));
  after(() => stand[Symbol.asyncDispose]());

  it('are changed, with what that means said before it is saved', async () => {
    const page = await stand.openAs('administrator', path);
    await page.getByLabel('Only these').check();
    await page.getByLabel('WebDAV', { exact: true }).uncheck();
    await choose(page, '16 · local0');
    const effects = page.getByRole('status').filter({ hasText: 'What saving changes' });
    await effects
      .getByText('Events of “WebDAV” that come in after you save are not recorded')
      .waitFor();
    await effects.getByText('facility 16 · local0 instead of 23 · local7').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();

    assert.deepEqual(await stand.directory.exportSettings(tenant), {
      enabled: true,
      categories: all.filter((category) => category !== 'WebDAV'),
      facility: 16,
    });
    await page.reload();
    await page.getByText(`by ${people.administrator}`).waitFor();
    assert.equal(await page.getByLabel('WebDAV', { exact: true }).isChecked(), false);
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled());
  });

  it('are not left by accident while they are not saved', async () => {
    const page = await stand.openAs('administrator', path);
    await page.getByRole('switch', { name: 'Export Events' }).click();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click();
    assert.ok(page.url().endsWith(path));
    assert.ok(!(await page.getByRole('switch', { name: 'Export Events' }).isChecked()));

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard and leave' }).click();
    await page.waitForURL('**/overview');
    // The overview may have a link of this name, too, once it is there.
    const screens = page.getByRole('navigation', { name: 'Screens' });
    await screens.getByRole('link', { name: 'Event export' }).click();
    assert.ok(await page.getByRole('switch', { name: 'Export Events' }).isChecked());
  });

  it('survive the end of the session in the middle of a change', async () => {
    const page = await stand.openAs('administrator', path);
    await choose(page, '17 · local1');
    await stand.directory.endAllSessions(people.administrator, { name: 'test' });
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    assert.equal(await dialog.getByLabel('E-mail address').inputValue(), people.administrator);
    await dialog.getByRole('textbox', { name: 'Password' }).fill(password);
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });

    assert.equal(
      await page.getByRole('combobox', { name: 'Syslog facility' }).inputValue(),
      '17 · local1',
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    assert.equal((await stand.directory.exportSettings(tenant)).facility, 17);
  });

  it('come back when the page had to go, until they are saved or discarded', async () => {
    const page = await stand.openAs('administrator', path);
    await choose(page, '18 · local2');
    await stand.directory.endAllSessions(people.administrator, { name: 'test' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
    await page.reload(); // as a provider's sign-in page does
    await signIn(page, people.administrator);
    await page.getByText('What you had typed is back').waitFor();
    assert.equal(
      await page.getByRole('combobox', { name: 'Syslog facility' }).inputValue(),
      '18 · local2',
    );
    await page.getByRole('status').getByRole('button', { name: 'Discard' }).click();
    assert.notEqual(
      await page.getByRole('combobox', { name: 'Syslog facility' }).inputValue(),
      '18 · local2',
    );
    await page.reload();
    await page.getByRole('combobox', { name: 'Syslog facility' }).waitFor();
    assert.ok(!(await page.getByText('What you had typed is back').isVisible()));
  });

  it('are somebody else’s drafts for nobody', async () => {
    const page = await stand.openAs('administrator', path);
    await page.getByRole('switch', { name: 'Export Events' }).click();
    await stand.directory.endAllSessions(people.administrator, { name: 'test' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Leave instead' }).click();
    await page.waitForURL('**/sign-in');
    await signIn(page, people.viewer);
    await page.waitForURL('**/overview');
    await page.goto(path);
    assert.ok(await page.getByRole('switch', { name: 'Export Events' }).isChecked());
    assert.ok(await page.getByRole('switch', { name: 'Export Events' }).isDisabled());
    assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0);
  });
});

async function choose(page: Page, facility: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Syslog facility' }).click();
  await page.getByRole('option', { name: facility }).click();
}
