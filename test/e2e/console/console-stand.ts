import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import { Secret } from '../../../src/core/secret.ts';
import type { Directory } from '../../../src/directory/directory.ts';
import { openDirectory } from '../../../src/directory/open-directory.ts';
import type { PersonRole } from '../../../src/directory/people.ts';
import type { InstanceParts } from '../../../src/http/console-api/instance-parts.ts';
import { serveOptions } from '../../../src/http/options.ts';
import { startServer } from '../../../src/http/server.ts';
import type { EventStore } from '../../../src/store/event-store.ts';
import { openSqliteEventStore } from '../../../src/store/sqlite/store.ts';
import { ShiftedClock } from '../../../src/testing/shifted-clock.ts';

const chromiumPath = process.env['TAILRACE_CHROMIUM'] ?? '/usr/bin/chromium';
const builtConsole = fileURLToPath(new URL('../../../console/dist', import.meta.url));

/** The option that skips a test which needs a browser and the built console, with the reason. */
export const consoleSkip: false | string = process.env['TAILRACE_TEST_ALL'] === '1' ? false : why();

function why(): false | string {
  if (!existsSync(chromiumPath)) return 'the Debian package chromium is missing';
  if (!existsSync(join(builtConsole, 'index.html')))
    return 'the console is not built: npm run build:console';
  return false;
}

export const password = 'correct horse battery';
export const tenant = 'acme';
/** Everybody has `password`. */
export const people = {
  viewer: 'viv@acme.example.com',
  administrator: 'ada@acme.example.com',
  operator: 'olga@example.com',
} as const satisfies Record<PersonRole, string>;

/** An export service with one tenant, a person of each role, and a browser. */
export interface ConsoleStand extends AsyncDisposable {
  readonly baseUrl: string;
  readonly directory: Directory;
  readonly store: EventStore;
  /** The service's; the browser has the machine's. */
  readonly clock: ShiftedClock;
  /** A bearer of it may post events of the tenant. */
  readonly ingestKey: string;
  /** A browser of its own, nobody signed in. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** A browser in which this person is signed in and looks at `path`. */
  openAs(role: PersonRole, path: string, options?: BrowserContextOptions): Promise<Page>;
}

const actor = { name: 'test' };

interface StandParts {
  readonly clock?: ShiftedClock;
  readonly instance?: InstanceParts;
  /** False: a service that was never set up. */
  readonly withPeople?: boolean;
  /** Where events are kept; otherwise in the temporary folder. */
  readonly openStore?: (clock: ShiftedClock) => Promise<EventStore>;
}

/** `options` as they stand under `serve:` in a configuration file. */
export async function openConsoleStand(
  options: z.input<typeof serveOptions> = {},
  { clock = new ShiftedClock(), instance, withPeople = true, openStore }: StandParts = {},
): Promise<ConsoleStand> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-console-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const log = pino({ level: 'silent' });
  const pageDirectory = join(folder, 'console');
  await copyConsole(pageDirectory);
  const directory = opened.use(await openDirectory({ folder, clock, log }));
  const embedded = () => openSqliteEventStore({ directory: folder, clock, log });
  const store = opened.use(await (openStore?.(clock) ?? embedded()));
  const server = await startServer(
    {
      store,
      directory,
      clock,
      log,
      metrics: new Registry(),
      health: () => ({ ready: true, checks: {} }),
      console: {
        version: '1.2.3',
        pageDirectory,
        readSecret: async () => new Secret('the client secret'),
      },
      ...(instance !== undefined && { instance }),
    },
    serveOptions.parse({ listen: '127.0.0.1:0', ...options }),
  );
  opened.defer(() => server.close(1_000));
  const ingestKey = withPeople ? await createTenant(directory) : '';
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    // Tests run as root in containers, where Chromium's own sandbox cannot be set up.
    args: ['--no-sandbox'],
  });
  opened.defer(() => browser.close());
  const baseUrl = `http://127.0.0.1:${server.port}`;
  const visits = new Visits(browser, baseUrl);
  const all = opened.move();
  return {
    baseUrl,
    directory,
    store,
    clock,
    ingestKey,
    open: (path, context) => visits.open(path, context),
    openAs: (role, path, context) => visits.openAs(role, path, context),
    [Symbol.asyncDispose]: async () => {
      await all.disposeAsync();
      assert.deepEqual(visits.complaints, [], 'the browser complained');
    },
  };
}

/** Of its own, so that building the console in the meantime changes nothing under a test. */
async function copyConsole(to: string): Promise<void> {
  await cp(builtConsole, to, { recursive: true });
  const page = await readFile(join(to, 'index.html'), 'utf8');
  for (const [, name = ''] of page.matchAll(/"\/console\/assets\/([^"]+)"/g)) {
    assert.ok(existsSync(join(to, 'assets', name)), `the console is being built now: no ${name}`);
  }
}

/** A tenant with export enabled and a person of each role; answers its ingest key. */
async function createTenant(directory: Directory): Promise<string> {
  await directory.createTenant({ id: tenant, title: 'Acme Corp.', edition: 'Elite' }, actor);
  await directory.changeExportSettings(tenant, { enabled: true }, actor);
  for (const role of ['viewer', 'administrator', 'operator'] as const) {
    const email = people[role];
    const home = role === 'operator' ? undefined : tenant;
    // oxlint-disable-next-line no-await-in-loop -- one write after the other
    await directory.addPerson({ tenant: home, email, role }, actor);
    // oxlint-disable-next-line no-await-in-loop
    const { code } = await directory.invite(home, email, actor);
    // oxlint-disable-next-line no-await-in-loop
    await directory.acceptInvitation(code.reveal(), { password }, { address: '192.0.2.1' });
  }
  const { key } = await directory.createIngestKey(tenant, 'product', actor);
  return key.reveal();
}

/** The browser's pages; whatever a page complains of in its console is kept. */
class Visits {
  readonly #browser: Browser;
  readonly #baseUrl: string;
  readonly complaints: string[] = [];

  constructor(browser: Browser, baseUrl: string) {
    this.#browser = browser;
    this.#baseUrl = baseUrl;
  }

  async open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ baseURL: this.#baseUrl, ...options });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      // An answer 4xx is what the test wants, as often as not.
      if (message.type() !== 'error' || message.text().startsWith('Failed to load')) return;
      this.complaints.push(`${page.url()}: ${message.text()}`);
    });
    await page.goto(path);
    return page;
  }

  async openAs(role: PersonRole, path: string, options?: BrowserContextOptions): Promise<Page> {
    const returnTo = new URLSearchParams({ returnTo: path });
    const page = await this.open(`/sign-in?${returnTo.toString()}`, options);
    await signIn(page, people[role]);
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    return page;
  }
}

/** Fills in the sign-in form that the page shows and sends it. */
export async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('textbox', { name: 'Password' }).fill(secret);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** What a button of the page has copied. */
export async function clipboard(page: Page): Promise<string> {
  const text: unknown = await page.evaluate('navigator.clipboard.readText()');
  assert.equal(typeof text, 'string');
  return String(text);
}
