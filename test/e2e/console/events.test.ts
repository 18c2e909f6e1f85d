/** The Events screen: finding, reading, watching and taking away, with contents an attacker wrote. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { EventDetail, EventPage } from '../../../src/http/console-api/api-types.ts';
import { sampleBatch, sampleEvent } from '../../../src/testing/export-service.ts';
import { consoleSkip, openConsoleStand, tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';
import { postEvents } from './post-events.ts';

const manyEvents = 420;
const eventsPath = `**/console/api/tenants/${tenant}/events/insync?*`;

describe('the Events screen', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => {
    stand = await openConsoleStand();
    await postEvents(stand, 'insync', sampleBatch(manyEvents));
  });
  after(() => stand[Symbol.asyncDispose]());

  it('shows the newest first and goes on downwards to the oldest', async () => {
    // Goal: any number of events, few elements. Method: go to the end again and again.
    const page = await stand.openAs('viewer', '/events');
    await page.getByText('The newest 100 events; older ones follow below').waitFor();
    await page.getByText(`event number ${manyEvents}`).waitFor();
    await page.getByRole('grid').focus();
    const oldest = page.getByText('event number 1', { exact: true });
    while (!(await oldest.isVisible())) {
      await page.keyboard.press('End');
      await page.waitForLoadState('networkidle');
    }
    await page.getByText(`All ${manyEvents} events that match`).waitFor();
    const rows = await page.getByRole('row').count();
    assert.ok(rows < 80, `${rows} rows exist at a time`);
  });

  it('keeps the filters in the URL, and Back takes them away one by one', async () => {
    const page = await stand.openAs('viewer', '/events');
    await page.getByRole('searchbox', { name: 'Text' }).fill('number 333');
    await page.waitForURL('**/events?text=number+333');
    await page.getByText('All 3 events that match').first().waitFor();
    await choose(page, 'Severity', 'High (7–10)');
    await page.getByText('No event matches').first().waitFor();
    await page.reload();
    assert.equal(await page.getByRole('searchbox', { name: 'Text' }).inputValue(), 'number 333');
    await page.getByText('No event matches').first().waitFor();
    await page.goBack();
    await page.getByText('All 3 events that match').first().waitFor();
    await page.getByRole('button', { name: 'Clear text' }).click();
    await page.getByText('The newest 100 events').waitFor();
  });

  it('is used with the keyboard alone', async () => {
    const page = await stand.openAs('viewer', '/events');
    await page.getByText(`event number ${manyEvents}`).waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const open = page.getByRole('region', { name: `Event ${manyEvents - 1}` });
    await open.getByText(`event number ${manyEvents - 1}`).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('region', { name: `Event ${manyEvents - 2}` }).waitFor();
    await page.waitForURL(`**/events?event=${manyEvents - 2}`);
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.search === '');
    await page.getByRole('region', { name: /^Event \d/ }).waitFor({ state: 'detached' });
    await page.keyboard.press('Home'); // the focus is on the list again
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: `Event ${manyEvents}` }).waitFor();
  });

  it('says how far a long search has come, and ends it when told to', async () => {
    // Method: the service's own answers are quick, so the first two are written here.
    const page = await stand.openAs('viewer', '/events');
    await page.getByText('The newest 100 events').waitFor();
    const asked: (string | null)[] = [];
    let isStopped = false;
    await page.route(eventsPath, async (route) => {
      const continuedAt = new URL(route.request().url()).searchParams.get('before');
      asked.push(continuedAt);
      if (continuedAt === null) await route.fulfill({ json: partly });
      else if (isStopped) await route.fulfill({ json: { ...partly, next: null } });
      // Else it is under way until somebody cancels it.
    });
    await page.getByRole('searchbox', { name: 'Text' }).fill('needle');
    await page.getByText('0 events so far · searched 40%, back to').waitFor();
    await page.getByRole('progressbar', { name: /Share of the time range/ }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('0 events · stopped after 40%').waitFor();
    isStopped = true;
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('No event matches').first().waitFor();
    assert.deepEqual(asked, [null, '250', '250']);
  });

  it('says why a search failed, and tries again', async () => {
    const page = await stand.openAs('viewer', '/events');
    await page.getByText('The newest 100 events').waitFor();
    const failure = { code: 'internal', message: 'The disk is gone.', retryable: false };
    await page.route(eventsPath, (route) => route.fulfill({ status: 500, json: failure }));
    await page.getByRole('searchbox', { name: 'Text' }).fill('number 333');
    await page.getByText('The disk is gone.').waitFor();
    await page.unroute(eventsPath);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('All 3 events that match').first().waitFor();
  });
});

describe('the live tail', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  let posted = 200;
  before(async () => {
    stand = await openConsoleStand();
    await postEvents(stand, 'insync', sampleBatch(posted));
  });
  after(() => stand[Symbol.asyncDispose]());

  const post = async (count: number): Promise<void> => {
    await postEvents(stand, 'insync', sampleBatch(count, posted + 1));
    posted += count;
  };

  it('shows events as they come, and only counts them while the reader is further down', async () => {
    const page = await stand.openAs('viewer', '/events');
    await page.getByText('event number 200').waitFor();
    await page.getByLabel('Live').click({ force: true });
    await page.waitForURL('**/events?live=1');
    await post(1);
    await page.getByText('event number 201').waitFor();

    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.getByText('event number 201').waitFor({ state: 'detached' });
    await post(3);
    await page.getByRole('button', { name: '3 new' }).click();
    await page.getByText('event number 204').waitFor();
    await page.getByRole('button', { name: '3 new' }).waitFor({ state: 'detached' });
  });

  it('rests while nobody looks, and then misses nothing', async () => {
    const page = await stand.openAs('viewer', '/events?live=1');
    await page.getByText(`event number ${posted}`).waitFor();
    await page
      .getByText(/waiting for new ones/)
      .first()
      .waitFor();
    await setVisible(page, false);
    await page.getByText('Live: paused').waitFor();
    let asked = 0;
    page.on('request', (request) => (asked += request.url().includes('after=') ? 1 : 0));
    await post(2);
    assert.equal(asked, 0);
    await setVisible(page, true);
    await page.getByText(`event number ${posted}`).waitFor();
    await page.getByText(`event number ${posted - 1}`).waitFor();
  });
});

describe('events that an attacker wrote', { skip: consoleSkip }, () => {
  const markup = '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>';
  const turned = 'invoice\u202Egnp.exe';
  const hidden = 'ad\u200Bmin\u0007\u001B[31m';
  const endless = 'A'.repeat(20_000);
  const formula = '=cmd|"/C calc"!A0';
  let stand: ConsoleStand;
  before(async () => {
    stand = await openConsoleStand();
    const hostile = {
      ...sampleEvent(1),
      initiator: markup,
      inSyncDataSourceName: turned,
      inSyncUserName: hidden,
      profileName: formula,
      eventDetails: `${markup} ${turned} ${endless}`,
    };
    await postEvents(stand, 'insync', JSON.stringify(hostile));
  });
  after(() => stand[Symbol.asyncDispose]());

  for (const [shape, viewport] of Object.entries({
    desktop: { width: 1280, height: 800 },
    phone: { width: 390, height: 844 },
  })) {
    it(`are text and nothing else, on a ${shape}`, async () => {
      const page = await stand.openAs('viewer', '/events?event=1', { viewport });
      const open = page.getByRole('region', { name: 'Event 1' });
      await open.getByText('<img src=x onerror=').first().waitFor();
      await open.getByText('U+202E').first().waitFor();
      await open.getByText('U+200B').waitFor();
      await open.getByTitle('U+001B escape').waitFor();
      await open.getByRole('tab', { name: 'Lines for a SIEM' }).click();
      await open.getByText('CEF:0|').waitFor();
      assert.equal(await page.locator('main img, main script, [role=dialog] img').count(), 0);
      assert.equal(await page.evaluate('window.attacked'), undefined);
      const text = await page.evaluate<string>('document.body.innerText');
      assert.doesNotMatch(text, /[\p{Bidi_Control}\u200B]|(?!\n|\t)\p{Cc}/u);
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0, 'the page scrolls sideways');
    });
  }

  it('are copied as the very line that a SIEM gets', async () => {
    const page = await stand.openAs('viewer', '/events?event=1');
    const answer = await page.request.get(`/console/api/tenants/${tenant}/events/insync/1`);
    const { lines }: EventDetail = await answer.json();
    const open = page.getByRole('region', { name: 'Event 1' });
    await open.getByRole('tab', { name: 'Lines for a SIEM' }).click();
    for (const profile of ['vendor', 'strict'] as const) {
      await open.getByText(profile === 'vendor' ? "Vendor's" : 'Strict').click();
      for (const [format, title] of [
        ['cef', 'CEF'],
        ['syslog', 'Syslog'],
        ['json', 'JSON'],
      ] as const) {
        await open.getByRole('button', { name: `Copy the ${title} line` }).click();
        const copied = await page.evaluate<string>('navigator.clipboard.readText()');
        const expected = lines.find((l) => l.format === format && l.profile === profile)?.line;
        assert.equal(copied, expected, `${format} ${profile}`);
      }
    }
  });

  it('cannot act in a spreadsheet', async () => {
    const page = await stand.openAs('viewer', '/events');
    await page.getByRole('button', { name: 'Download' }).click();
    const downloading = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'CSV' }).click();
    const csv = await readFile(await (await downloading).path(), 'utf8');
    assert.match(csv, /cmd\|/);
    assert.doesNotMatch(csv, /(?:^|,|"|\n)=cmd/m);
  });
});

const partly: EventPage = {
  events: [],
  next: 250,
  headPosition: manyEvents,
  scan: { scannedEvents: 170, share: 0.4, reachedMs: Date.UTC(2026, 10, 20) },
};

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option }).click();
}

/** As a browser does when its tab is covered by another one. */
async function setVisible(page: Page, isVisible: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', {
      configurable: true, get: () => '${isVisible ? 'visible' : 'hidden'}',
    });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}
