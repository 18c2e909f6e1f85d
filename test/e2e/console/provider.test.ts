/** Signing in through a real OpenID provider, in a browser: there, back, and every way it can end. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { consoleApiPath } from '../../../src/http/console-api/console-path.ts';
import { TestOpenIdProvider, testClient } from '../../../src/testing/openid-provider.ts';
import { consoleSkip, openConsoleStand, people } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';

const title = 'Example ID';
const form = '/settings/event-export';

describe('signing in through an OpenID provider', { skip: consoleSkip }, () => {
  let provider: TestOpenIdProvider;
  let stand: ConsoleStand;
  before(async () => {
    provider = await TestOpenIdProvider.start();
    const { issuer } = provider;
    const clientSecret = { env: 'OIDC_SECRET' };
    const oidc = { issuer, clientId: testClient.clientId, clientSecret, title };
    stand = await openConsoleStand({ console: { oidc } });
    provider.serve(`${stand.baseUrl}${consoleApiPath}/oidc/callback`);
    provider.introduce('ada', { email: people.administrator, email_verified: true });
    provider.introduce('eve', { email: 'eve@example.com', email_verified: true });
  });
  after(async () => {
    await stand[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  it('says when the provider does not answer, and leaves the password', async () => {
    provider.isDown = true; // nobody has asked yet what it says about itself
    const page = await stand.open('/sign-in');
    await page.getByRole('link', { name: `Sign in with ${title}` }).click();
    await page.waitForURL('**/sign-in?problem=unavailable');
    await page.getByRole('alert').getByText('The provider does not answer').waitFor();
    await page.getByRole('textbox', { name: 'Password' }).waitFor();
    provider.isDown = false;
  });

  it('leads to where one wanted to go, and back to what was typed when the session ended', async () => {
    const page = await openAtProvider(form);
    await signInThere(page, 'ada');
    await page.waitForURL(`**${form}`);
    await page.getByRole('switch', { name: 'Export Events' }).click();
    await stand.directory.endAllSessions(people.administrator, { name: 'test' });
    await page.getByRole('button', { name: 'Save' }).click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.getByRole('link', { name: `Sign in with ${title}` }).click();
    await page.waitForURL(`**${form}`); // the provider knows the browser
    await page.getByText('What you had typed is back').waitFor();
    assert.ok(!(await page.getByRole('switch', { name: 'Export Events' }).isChecked()));
  });

  it('leads back into a dialog, with what was typed there, until it is closed', async () => {
    const page = await openAtProvider('/people');
    await signInThere(page, 'ada');
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite' });
    const email = dialog.getByLabel('E-mail address');
    await email.fill('new@acme.example.com');
    await stand.directory.endAllSessions(people.administrator, { name: 'test' });
    await dialog.getByRole('button', { name: 'Invite' }).click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.getByRole('link', { name: `Sign in with ${title}` }).click();
    await dialog.getByText('What you had typed is back').waitFor();
    assert.equal(await email.inputValue(), 'new@acme.example.com');
    await email.fill('');
    await email.fill('newer@acme.example.com');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    assert.equal(await email.inputValue(), '');
    await page.reload();
    await page.getByRole('button', { name: 'Invite somebody' }).waitFor();
    assert.ok(!(await dialog.isVisible()));
  });

  it('is refused to whom nobody has invited', async () => {
    const page = await openAtProvider();
    await signInThere(page, 'eve');
    await page.waitForURL('**/sign-in?problem=unknown-person');
    await page.getByRole('alert').getByText('nobody has invited you here').waitFor();
  });

  it('is refused to whom gives up at the provider', async () => {
    const page = await openAtProvider();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.waitForURL('**/sign-in?problem=refused');
    await page.getByRole('alert').getByText('it was cancelled there').waitFor();
  });

  it('has to begin anew in a browser that does not know where it left', async () => {
    const page = await openAtProvider();
    await page.context().clearCookies({ name: /oidc/ });
    await signInThere(page, 'ada');
    await page.waitForURL('**/sign-in?problem=expired');
    await page.getByRole('alert').getByText('Try again.').waitFor();
  });

  /** In a new browser, which has pressed the button for `path` and sees the provider's form. */
  async function openAtProvider(path = '/overview'): Promise<Page> {
    const page = await stand.open(`/sign-in?returnTo=${encodeURIComponent(path)}`);
    // The provider's page would fetch a font from the Internet.
    await page.context().route(
      ({ hostname }) => hostname !== '127.0.0.1',
      (route) => route.abort(),
    );
    await page.getByRole('link', { name: `Sign in with ${title}` }).click();
    await page.getByPlaceholder('Enter any login').waitFor();
    assert.equal(new URL(page.url()).origin, provider.issuer);
    return page;
  }
});

async function signInThere(page: Page, login: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(login);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}
