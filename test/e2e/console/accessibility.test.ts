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

  for (const [shape, viewport] of Object.entries(shapes)) {
    for (const role of ['administrator', 'operator'] as const) {
      it(`holds on every screen of the ${role} on a ${shape}`, async () => {
        const page = await stand.openAs(role, '/profile', { viewport, reducedMotion: 'reduce' });
        const findings: string[] = [];
        for (const screen of screens[role] ?? []) {
          // oxlint-disable-next-line no-await-in-loop -- one page, one screen after the other
          findings.push(...(await lookAt(page, screen)));
        }
        assert.deepEqual(findings, []);
        await page.context().close();
      });
    }

    it(`holds on the sign-in screen on a ${shape}`, async () => {
      const page = await stand.open('/sign-in', { viewport, reducedMotion: 'reduce' });
      await page.getByRole('heading', { level: 1 }).waitFor();
      assert.deepEqual(await judge(page, '/sign-in'), []);
      await page.context().close();
    });
  }
});

async function lookAt(page: Page, { path, act }: Screen): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('[aria-label="Loading"], .mantine-Skeleton-root').first().waitFor({
    state: 'detached',
  });
  await act?.(page);
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  const sideways = overflow > 0 ? [`${path}: scrolls ${overflow} pixels sideways`] : [];
  return [...sideways, ...(await judge(page, path))];
}

/** What is serious or worse. In the dark only colours are different. */
async function judge(page: Page, path: string): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const light = describeFindings(await runAxe(page, {}), `${path} light`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  return [...light, ...(await judgeDark(page, path))];
}

const looksMax = 10;

/** Colours change over a few frames: what is found counts when it is still there at the last look. */
async function judgeDark(page: Page, path: string): Promise<readonly string[]> {
  let findings: readonly string[] = [];
  for (let look = 0; look < looksMax; look += 1) {
    // oxlint-disable-next-line no-await-in-loop -- look again at the same page
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => drawn()))');
    // oxlint-disable-next-line no-await-in-loop
    const results = await runAxe(page, { runOnly: ['color-contrast'] });
    findings = describeFindings(results, `${path} dark`);
    if (findings.length === 0) return [];
  }
  return findings;
}

function runAxe(page: Page, options: RunOptions): Promise<AxeResults> {
  return page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
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
