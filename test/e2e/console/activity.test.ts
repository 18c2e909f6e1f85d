/** The Activity screen: who did what, from where, with what result. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { consoleSkip, people, tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';
import { openExhibit } from './exhibit.ts';

describe('the Activity screen', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openExhibit()));
  after(() => stand[Symbol.asyncDispose]());

  it('tells pulls, changes and sign-ins apart, and keeps the choice in the URL', async () => {
    const page = await stand.openAs('administrator', '/activity');
    await page
      .getByRole('row', { name: /Pulled events/ })
      .first()
      .waitFor();
    await page.getByRole('radiogroup', { name: 'Kind of activity' }).getByText('Changes').click();
    await page.waitForURL('**/activity?kind=changes');
    await page
      .getByRole('row', { name: /Pulled events/ })
      .first()
      .waitFor({ state: 'detached' });
    const change = page.getByRole('row', { name: /198|203\.0\.113\.7/ }).first();
    await change.getByText(people.administrator).waitFor();
    await page.reload();
    await change.waitFor();
    await page.goBack();
    await page
      .getByRole('row', { name: /Pulled events/ })
      .first()
      .waitFor();
  });

  it('tells the pulls of one credential as one, by its name, and shows each when asked', async () => {
    const page = await stand.openAs('viewer', '/activity');
    const folded = page.getByRole('row', { name: /Acme SIEM/ }).first();
    await folded.getByText(/The last of 7 pulls since/).waitFor();
    await folded.getByRole('link', { name: 'Show each' }).click();
    await page.waitForURL('**/activity?kind=pulls&**');
    await page.getByText('7 entries; nothing older.').waitFor();
    assert.equal(await page.getByRole('row', { name: /Acme SIEM/ }).count(), 7);
  });

  it('finds what failed, and whose it was', async () => {
    const page = await stand.openAs('administrator', '/activity?outcome=failure');
    await page
      .getByRole('row', { name: /Failure/ })
      .first()
      .waitFor();
    assert.equal(await page.getByRole('row', { name: /Success/ }).count(), 0);
    await page.getByRole('searchbox', { name: 'Who' }).fill('nobody-of-that-name');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.waitForURL((url) => url.search === '');
    await page
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();
  });

  it('goes back page by page to the first entry', async () => {
    for (let pull = 0; pull < 130; pull += 1) {
      const pulled = { tenant, api: 'events-api/v1', status: 200, events: 1 };
      const atMs = stand.clock.nowMs();
      stand.directory.recordPull({ ...pulled, actor: { name: `siem-${pull}` }, atMs });
    }
    const page = await stand.openAs('administrator', '/activity?kind=pulls');
    await page.getByRole('row').nth(100).waitFor();
    assert.equal(await page.getByRole('row').count(), 101); // one is the head
    await page.getByRole('button', { name: 'Show older' }).click();
    await page.getByText(/entries; nothing older/).waitFor();
    assert.ok((await page.getByRole('row').count()) > 130);
  });

  it('is taken away as CSV, with the filters that are set', async () => {
    const page = await stand.openAs('administrator', '/activity?kind=changes');
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download CSV' }).click();
    const csv = await readFile(await (await downloading).path(), 'utf8');
    assert.ok(csv.split('\n').length > 3);
    assert.doesNotMatch(csv, /pulled events/);
  });
});
