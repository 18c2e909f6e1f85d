/** What axe-core finds on each screen: in light and dark, on a desktop and on a phone. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import type { PersonRole } from '../../../src/directory/people.ts';
import { consoleSkip } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';
import { openExhibit } from './exhibit.ts';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

interface Screen {
  readonly path: string;
  /** What is opened on it, which has to be accessible too. */
  readonly act?: (page: Page) => Promise<unknown>;
}

const openEvent = (page: Page): Promise<void> => page.getByRole('row').nth(2).click();
const press = (name: string) => (page: Page) => page.getByRole('button', { name }).first().click();

const screens: Readonly<Partial<Record<PersonRole, readonly Screen[]>>> = {
  administrator: [
    { path: '/overview' },
    { path: '/overview', act: press('Show as table') },
    { path: '/events' },
    { path: '/events?feed=apptrana', act: openEvent },
    { path: '/events?text=nothing-has-this-word' },
    { path: '/activity' },
    { path: '/settings/event-export' },
    { path: '/settings/api' },
    { path: '/settings/siem' },
    { path: '/people' },
    { path: '/profile' },
  ],
  operator: [
    { path: '/operator/tenants' },
    { path: '/operator/tenants', act: press('Create organization') },
    { path: '/operator/tenants/acme' },
    { path: '/operator/requests', act: press('Approve') },
    { path: '/operator/people' },
    { path: '/operator/health' },
    { path: '/operator/storage' },
    { path: '/operator/activity' },
  ],
};

const shapes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const;

describe('accessibility', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openExhibit()));
  after(() => stand[Symbol.asyncDispose]());

  for (const role of ['administrator', 'operator'] as const) {
    it(`holds on every screen of the ${role}`, async () => {
      const page = await stand.openAs(role, '/profile', { reducedMotion: 'reduce' });
      const findings: string[] = [];
      for (const screen of screens[role] ?? []) {
        // oxlint-disable-next-line no-await-in-loop -- one page, one screen after the other
        findings.push(...(await lookAt(page, screen)));
      }
      assert.deepEqual(findings, []);
      await page.context().close();
    });
  }

  it('holds on the sign-in screen', async () => {
    const page = await stand.open('/sign-in', { reducedMotion: 'reduce' });
    assert.deepEqual(await lookAt(page, { path: '/sign-in' }), []);
    await page.context().close();
  });
});

/** Loaded once; then it changes its width and its colours, as a window does. */
async function lookAt(page: Page, { path, act }: Screen): Promise<readonly string[]> {
  await page.setViewportSize(shapes.desktop);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('[aria-label="Loading"], .mantine-Skeleton-root').first().waitFor({
    state: 'detached',
  });
  await act?.(page);
  await page.evaluate(axeSource);
  const findings = [
    ...(await judgeLight(page, `${path} desktop light`)),
    ...(await resized(page, 'phone', () => judgeLight(page, `${path} phone light`))),
  ];
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  return [
    ...findings,
    ...(await judgeDark(page, `${path} phone dark`)),
    ...(await resized(page, 'desktop', () => judgeDark(page, `${path} desktop dark`))),
  ];
}

async function resized<Found>(
  page: Page,
  shape: keyof typeof shapes,
  judge: () => Promise<Found>,
): Promise<Found> {
  await page.setViewportSize(shapes[shape]);
  await drawn(page);
  return judge();
}

/** What is serious or worse, and whether it fits the width. */
async function judgeLight(page: Page, where: string): Promise<readonly string[]> {
  const overflow = await overflowWhenSettled(page);
  const sideways = overflow > 0 ? [`${where}: scrolls ${overflow} pixels sideways`] : [];
  return [...sideways, ...describeFindings(await runAxe(page, {}), where)];
}

const looksMax = 10;

/** A new width takes a few frames to reach every part: what sticks out counts at the last look. */
async function overflowWhenSettled(page: Page): Promise<number> {
  let overflow = 0;
  for (let look = 0; look < looksMax; look += 1) {
    // oxlint-disable-next-line no-await-in-loop -- look again at the same page
    overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    if (overflow <= 0) return 0;
    // oxlint-disable-next-line no-await-in-loop
    await drawn(page);
  }
  return overflow;
}

/**
 * In the dark only colours are different. They change over a few frames: what is found counts when it
 * is still there at the last look.
 */
async function judgeDark(page: Page, where: string): Promise<readonly string[]> {
  let findings: readonly string[] = [];
  for (let look = 0; look < looksMax; look += 1) {
    // oxlint-disable-next-line no-await-in-loop -- look again at the same page
    await drawn(page);
    // oxlint-disable-next-line no-await-in-loop
    const results = await runAxe(page, { runOnly: ['color-contrast'] });
    findings = describeFindings(results, where);
    if (findings.length === 0) return [];
  }
  return findings;
}

/** Two frames: what a change of size made React render is on the screen. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(`new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done())),
  )`);
}

/** Of what holds it tells only the names, which is most of the work saved. */
function runAxe(page: Page, options: RunOptions): Promise<AxeResults> {
  const all = JSON.stringify({ ...options, resultTypes: ['violations'] });
  return page.evaluate<AxeResults>(`axe.run(document, ${all})`);
}

function describeFindings({ violations }: AxeResults, where: string): readonly string[] {
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 5).map(({ html, failureSummary = '' }) => {
        return `${where}: ${id}: ${html.slice(0, 200)} (${failureSummary.replaceAll(/\s+/g, ' ')})`;
      }),
    );
}
