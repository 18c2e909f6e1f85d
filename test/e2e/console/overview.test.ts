/** The Overview screen: whether the SIEM gets everything, in one look. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { consoleSkip, openConsoleStand, tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';
import { openExhibit } from './exhibit.ts';

const question = 'Is my SIEM getting everything?';
const overviewPath = `/console/api/tenants/${tenant}/overview`;

describe('the Overview of an organization that is in use', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openExhibit()));
  after(() => stand[Symbol.asyncDispose]());

  it('answers its question in words, and says who pulls', async () => {
    const page = await stand.openAs('viewer', '/overview');
    const verdict = page.getByRole('region', { name: question });
    await verdict.getByText('Your SIEM is getting everything.').first().waitFor();
    const token = page.getByRole('row', { name: /ada@acme\.example\.com/ });
    await token.getByText('Nothing', { exact: true }).waitFor();
    await token.getByText('203.0.113.20').waitFor();
    await page.getByRole('row', { name: /Acme SIEM/ }).waitFor();
    await page.getByRole('region', { name: 'Sinks' }).getByText('archive').waitFor();
    assert.equal(await page.getByText('Three steps to the first pull').count(), 0);
  });

  it('shows the same numbers as a chart and as a table', async () => {
    const page = await stand.openAs('viewer', '/overview');
    const panel = page.getByRole('region', { name: 'Events per hour' });
    await panel.getByRole('img', { name: /^\d+ events in the last 24 hours/ }).waitFor();
    await panel.locator('.recharts-bar-rectangle').first().waitFor();
    const [, total = ''] = /([\d,]+) events/.exec(await panel.innerText()) ?? [];
    await panel.getByRole('button', { name: 'Show as table' }).click();
    const cells = await panel.locator('tbody td:last-child').allInnerTexts();
    assert.equal(cells.length, 24);
    const sum = cells.reduce((all, cell) => all + Number(cell.replaceAll(',', '')), 0);
    assert.equal(sum, Number(total.replaceAll(',', '')));
    await panel.getByText('7 days').click();
    await page.getByRole('region', { name: 'Events per 6 hours' }).waitFor();
  });

  it('asks again by itself, but not while nobody looks', async () => {
    const page = await stand.openAs('viewer', '/events');
    await page.clock.install();
    let asked = 0;
    page.on('response', (response) => (asked += response.url().endsWith(overviewPath) ? 1 : 0));
    const answer = (): Promise<unknown> =>
      page.waitForResponse((response) => response.url().endsWith(overviewPath));
    await Promise.all([answer(), page.goto('/overview')]);
    await page.getByText('Your SIEM is getting everything.').first().waitFor();
    await Promise.all([answer(), page.clock.runFor(6_000)]);
    await setVisibility(page, 'hidden');
    const whileShown = asked;
    await page.clock.runFor(30_000);
    assert.equal(asked, whileShown);
    await Promise.all([answer(), setVisibility(page, 'visible')]);
  });

  it('shows the table when the chart cannot be loaded', async () => {
    const signedIn = await stand.openAs('viewer', '/events');
    const page = await signedIn.context().newPage(); // whose complaints are expected
    await page.route('**/console/assets/hours-chart-*.js', (route) =>
      route.fulfill({ status: 404, json: {} }),
    );
    await page.goto('/overview');
    const panel = page.getByRole('region', { name: 'Events per hour' });
    await panel.getByRole('table').waitFor();
  });

  it('says what is wrong and leads there', async () => {
    const actor = { name: 'test' };
    await stand.directory.changeExportSettings(tenant, { enabled: false }, actor);
    const page = await stand.openAs('administrator', '/overview');
    const verdict = page.getByRole('region', { name: question });
    await verdict
      .getByText(/The export of events is switched off/)
      .first()
      .waitFor();
    assert.equal(await verdict.getAttribute('data-health'), 'bad');
    await verdict.getByRole('link', { name: 'Look at it' }).first().click();
    await page.waitForURL('**/settings/event-export');
    await stand.directory.changeExportSettings(tenant, { enabled: true }, actor);
  });

  it('keeps what it showed when the service cannot answer, and says so', async () => {
    const page = await stand.openAs('viewer', '/overview');
    await page.getByText('Your SIEM is getting everything.').first().waitFor();
    const failure = { code: 'internal', message: 'The disk is gone.', retryable: false };
    await page.route(`**${overviewPath}`, (route) => route.fulfill({ status: 500, json: failure }));
    await page.getByText('This may be out of date').waitFor();
    await page.getByText('Your SIEM is getting everything.').first().waitFor();
    await page.unroute(`**${overviewPath}`);
    await page.getByText('This may be out of date').waitFor({ state: 'detached' });
  });
});

describe('the Overview of a fresh organization', { skip: consoleSkip }, () => {
  it('leads in three steps to the first pull', async () => {
    await using stand = await openConsoleStand();
    const page = await stand.openAs('administrator', '/overview');
    const steps = page.getByRole('region', { name: 'Three steps to the first pull' });
    const items = steps.getByRole('listitem');
    await items.nth(2).waitFor();
    assert.equal(await items.count(), 3);
    await items.nth(0).getByText('done').waitFor(); // the stand has switched it on
    for (const [item, link, path] of [
      [0, 'Event export', '/settings/event-export'],
      [1, 'inSync APIs', '/settings/api'],
      [2, 'Commands to copy', '/settings/siem'],
    ] as const) {
      const target = items.nth(item).getByRole('link', { name: link });
      // oxlint-disable-next-line no-await-in-loop
      assert.equal(await target.getAttribute('href'), path);
    }
  });
});

async function setVisibility(page: Page, visibility: 'visible' | 'hidden'): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', {
      configurable: true, get: () => '${visibility}',
    });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}
