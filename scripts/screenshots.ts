/**
 * Takes the pictures of the console that README and guides show, into docs/images/, from a service
 * whose contents are the same on every run: `npm run screenshots`. Names as arguments: only those.
 */
import { mkdir } from 'node:fs/promises';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { PersonRole } from '../src/directory/people.ts';
import type { ConsoleStand } from '../test/e2e/console/console-stand.ts';
import { openExhibit } from '../test/e2e/console/exhibit.ts';

const folder = 'docs/images';

interface Shot {
  readonly name: string;
  readonly role: PersonRole;
  readonly path: string;
  readonly shape?: 'phone';
  readonly colorScheme?: 'dark';
  /** What is done before the picture is taken. */
  readonly act?: (page: Page) => Promise<unknown>;
}

const shots: readonly Shot[] = [
  { name: 'overview', role: 'administrator', path: '/overview' },
  {
    name: 'overview-phone-dark',
    role: 'administrator',
    path: '/overview',
    shape: 'phone',
    colorScheme: 'dark',
  },
  { name: 'events', role: 'administrator', path: '/events', act: openThirdEvent },
  { name: 'events-phone', role: 'administrator', path: '/events?feed=apptrana', shape: 'phone' },
  {
    name: 'events-dark',
    role: 'administrator',
    path: '/events?feed=apptrana&severity=7',
    colorScheme: 'dark',
  },
  { name: 'event-export', role: 'administrator', path: '/settings/event-export' },
  { name: 'insync-apis', role: 'administrator', path: '/settings/api' },
  { name: 'siem-integration', role: 'administrator', path: '/settings/siem' },
  { name: 'activity', role: 'administrator', path: '/activity' },
  { name: 'people', role: 'administrator', path: '/people' },
  { name: 'organizations', role: 'operator', path: '/operator/tenants' },
  { name: 'organization', role: 'operator', path: '/operator/tenants/acme' },
  { name: 'connector-requests', role: 'operator', path: '/operator/requests' },
  { name: 'health', role: 'operator', path: '/operator/health' },
  { name: 'storage', role: 'operator', path: '/operator/storage' },
];

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
/** The same wherever it runs. */
const place = {
  locale: 'en-GB',
  timezoneId: 'UTC',
  deviceScaleFactor: 1,
  reducedMotion: 'reduce',
} as const satisfies BrowserContextOptions;

type SignedIn = Awaited<ReturnType<BrowserContext['storageState']>>;
const states = new Map<PersonRole, SignedIn>();

const wanted = new Set(process.argv.slice(2));
await mkdir(folder, { recursive: true });
await using exhibit = await openExhibit();
if (wanted.size === 0 || wanted.has('sign-in')) await takeSignIn(exhibit);
for (const shot of shots.filter(({ name }) => wanted.size === 0 || wanted.has(name))) {
  // oxlint-disable-next-line no-await-in-loop -- one browser, one page at a time
  await take(exhibit, shot);
}

async function take(stand: ConsoleStand, shot: Shot): Promise<void> {
  const { name, role, path, shape, colorScheme = 'light', act } = shot;
  const page = await stand.open(path, {
    ...place,
    storageState: await signedIn(stand, role),
    colorScheme,
    viewport: shape === 'phone' ? phone : desktop,
  });
  await settled(page);
  await act?.(page);
  await settled(page);
  await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled', caret: 'hide' });
  await page.context().close();
  console.log(`${folder}/${name}.png`);
}

async function takeSignIn(stand: ConsoleStand): Promise<void> {
  const page = await stand.open('/sign-in', { ...place, viewport: desktop });
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  await page.screenshot({ path: `${folder}/sign-in.png`, animations: 'disabled', caret: 'hide' });
  await page.context().close();
  console.log(`${folder}/sign-in.png`);
}

/** Each role signs in once, so that the pictures are not full of sign-ins. */
async function signedIn(stand: ConsoleStand, role: PersonRole): Promise<SignedIn> {
  const known = states.get(role);
  if (known !== undefined) return known;
  const page = await stand.openAs(role, '/profile', place);
  const state = await page.context().storageState();
  states.set(role, state);
  await page.context().close();
  return state;
}

async function openThirdEvent(page: Page): Promise<void> {
  await page.getByRole('row').nth(3).click();
  await page.getByRole('tab', { name: 'Lines for a SIEM' }).click();
}

/** Nothing loads any more, and everything that is drawn late is drawn. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.mouse.move(0, 0);
  await page.waitForLoadState('networkidle');
  const unfinished = page.locator('[aria-label="Loading"], .mantine-Skeleton-root');
  await unfinished.first().waitFor({ state: 'detached' });
  await page
    .getByText(/counting/i)
    .first()
    .waitFor({ state: 'detached' });
}
