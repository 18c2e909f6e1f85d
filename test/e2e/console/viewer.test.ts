/** A viewer in a browser: no screen offers to change what is the organization's. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { consoleSkip } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';
import { openExhibit } from './exhibit.ts';

/** What may be used on a screen without changing anything but what one looks at. */
const looking =
  /^(Show as table|Live|inSync|AppTrana|Download|Look again for the newest events|24 hours|7 days|All|Pulls|Changes|Sign-ins|Time|Category|Type|State|Severity|Text|Result|Who|Copy.*|Show older|curl|Python|Splunk|rsyslog|syslog-ng|Tailrace collector)$/;

const screens = [
  '/overview',
  '/events',
  '/activity',
  '/settings/event-export',
  '/settings/api',
  '/settings/siem',
] as const;

describe('a viewer', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openExhibit()));
  after(() => stand[Symbol.asyncDispose]());

  it('can use nothing on any screen but what helps to look', async () => {
    const page = await stand.openAs('viewer', '/profile');
    const offered: string[] = [];
    let seen = 0;
    for (const path of screens) {
      // oxlint-disable-next-line no-await-in-loop -- one page, one screen after the other
      await page.goto(path);
      // oxlint-disable-next-line no-await-in-loop
      await page.getByRole('heading', { level: 1 }).waitFor();
      // oxlint-disable-next-line no-await-in-loop
      await page.locator('[aria-label="Loading"], .mantine-Skeleton-root').first().waitFor({
        state: 'detached',
      });
      // oxlint-disable-next-line no-await-in-loop
      const names = await page.evaluate<string[]>(usableNames);
      seen += names.length;
      offered.push(
        ...names.filter((name) => !looking.test(name)).map((name) => `${path}: ${name}`),
      );
    }
    assert.deepEqual(offered, []);
    assert.ok(seen > 20, `${seen} controls`);
  });

  it('is told why, and who can', async () => {
    const page = await stand.openAs('viewer', '/settings/event-export');
    await page.getByText('An administrator of your organization can change these').waitFor();
    await page.goto('/settings/siem');
    await page.getByText('Administrators can see it.').first().waitFor();
    await page.goto('/people');
    await page.getByText('Only administrators see this list').waitFor();
    await page.goto('/operator/tenants');
    await page.getByRole('heading', { name: 'Not for your role' }).waitFor();
  });
});

/** Runs in the page: the names of everything in its main part that can be pressed or filled in. */
const usableNames = `
  [...document.querySelectorAll('main :is(button, input, select, textarea, [role="button"])')]
    .filter((element) => element.checkVisibility() && !element.matches(':disabled'))
    .map((element) => (
      element.getAttribute('aria-label')
      ?? [...(element.labels ?? [])].map((label) => label.textContent).join(' ').trim()
    ) || element.textContent.trim() || element.outerHTML.slice(0, 120))
`;
