/** Inviting, setting up and removing people, and the first operator. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clipboard, consoleSkip, openConsoleStand, signIn, tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';

const email = 'new.person@acme.example.com';
const chosen = 'four unrelated words here';

describe('people', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openConsoleStand()));
  after(() => stand[Symbol.asyncDispose]());

  it('are invited by a link that works once, and choose a password', async () => {
    const page = await stand.openAs('administrator', '/people');
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await page.getByRole('dialog').getByLabel('E-mail address').fill(email);
    await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('button', { name: 'Copy the link' }).click();
    await page.getByText('Copied', { exact: true }).first().waitFor();
    const link = await clipboard(page);
    assert.match(link, /\/setup#[\w-]{20,}$/);
    await page.getByRole('button', { name: 'Done' }).click();
    await page
      .getByRole('row', { name: new RegExp(email) })
      .getByText('Invited')
      .waitFor();

    const guest = await stand.open(link);
    await guest.getByText(`${email} as a viewer of Acme Corp.`).waitFor();
    assert.ok(!guest.url().includes('#'), 'the code left the address bar');
    const passwordField = guest.getByRole('textbox', { name: 'Password' });
    await passwordField.fill('too short');
    await guest.getByText('At least 12 characters; 3 more characters.').waitFor();
    await passwordField.fill(chosen);
    await guest.getByText('Strong.').waitFor();
    await guest.getByRole('button', { name: 'Set the password' }).click();
    await guest.getByRole('button', { name: 'Set up the second factor' }).click();
    await guest.getByRole('img', { name: 'QR code of the secret' }).waitFor();
    await guest.goto('/');
    await guest.waitForURL('**/overview');

    const again = await stand.open(link);
    await again.getByRole('heading', { name: 'This link does not work' }).waitFor();
  });

  it('are removed at once, sessions included', async () => {
    const page = await stand.openAs('administrator', '/people');
    const victim = await stand.open('/sign-in?returnTo=/overview');
    await signIn(victim, email, chosen);
    await victim.waitForURL('**/overview');
    await page.getByRole('button', { name: `Remove ${email}` }).click();
    const dialog = page.getByRole('dialog', { name: `Remove ${email}?` });
    await dialog.getByRole('textbox').fill(email);
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByText(`${email} is removed.`).waitFor();
    await victim.reload();
    await victim.waitForURL('**/sign-in?**');
    assert.ok((await stand.directory.people(tenant)).every((person) => person.email !== email));
  });

  it('begin with an operator, who names the address', async () => {
    await using fresh = await openConsoleStand({}, { withPeople: false });
    const waiting = await fresh.open('/sign-in');
    await waiting.getByText('Nobody can run this service yet').waitFor();
    const { code } = await fresh.directory.inviteFirstOperator({ name: 'test' });
    const page = await fresh.open(`/setup#${code.reveal()}`);
    await page.getByLabel('E-mail address').fill('first@example.com');
    await page.getByRole('textbox', { name: 'Password' }).fill(chosen);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('button', { name: /^Later/ }).click();
    await page.waitForURL('**/operator/tenants');
  });
});
