/** What the operator does: organizations, their keys, connectors that wait, and how the service is. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { basicAuthorization, sampleBatch } from '../../../src/testing/export-service.ts';
import { consoleSkip, openConsoleStand, people, tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';

describe("the operator's screens", { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openConsoleStand()));
  after(() => stand[Symbol.asyncDispose]());

  const post = (id: string, key: string): Promise<Response> =>
    fetch(`${stand.baseUrl}/ingest/v1/${id}/insync`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
      body: sampleBatch(1),
    });

  it('create an organization, give its product a key once, and revoke it', async () => {
    const page = await stand.openAs('operator', '/operator/tenants');
    await page.getByRole('button', { name: 'Create organization' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Umbra & Söhne');
    assert.equal(await dialog.getByLabel('Id').inputValue(), 'umbra-sohne');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL('**/operator/tenants/umbra-sohne');
    await page.getByRole('heading', { name: 'Umbra & Söhne', level: 1 }).waitFor();

    await page.getByRole('button', { name: 'Create ingest key' }).click();
    await dialog.getByLabel('Name').fill('product');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.getByRole('button', { name: 'Copy the ingest key' }).click();
    const key = await page.evaluate<string>('navigator.clipboard.readText()');
    await page.keyboard.press('Escape'); // does not lose what is shown once
    await dialog.getByRole('button', { name: 'I have it' }).click();
    assert.equal((await post('umbra-sohne', key)).status, 200);

    await page.getByRole('button', { name: 'Revoke the ingest key product' }).click();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No ingest key').waitFor();
    assert.equal((await post('umbra-sohne', key)).status, 401);
  });

  it('say which field of a new organization is wrong', async () => {
    const page = await stand.openAs('operator', '/operator/tenants');
    await page.getByRole('button', { name: 'Create organization' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('Enter the name of the organization.').waitFor();
    await dialog.getByLabel('Name').fill('Acme');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('alert').waitFor(); // there is one of that id
  });

  it('disable an organization only when its name is typed, and enable it again', async () => {
    const { directory } = stand;
    const actor = { name: 'test' };
    const token = await directory.createToken(tenant, people.administrator, 30, actor);
    const login = basicAuthorization(people.administrator, token.value?.reveal() ?? '');
    const pull = (): Promise<Response> =>
      fetch(`${stand.baseUrl}/api/events/v1`, { headers: { authorization: login } });
    assert.equal((await pull()).status, 200);

    const page = await stand.openAs('operator', `/operator/tenants/${tenant}`);
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/its people cannot sign in/).waitFor();
    const confirm = dialog.getByRole('button', { name: 'Disable' });
    assert.ok(await confirm.isDisabled());
    await dialog.getByLabel(`Type ${tenant} to confirm`).fill(tenant);
    await confirm.click();
    await page.getByText('Disabled', { exact: true }).waitFor();
    assert.equal((await pull()).status, 401);

    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('button', { name: 'Disable', exact: true }).waitFor();
    assert.equal((await pull()).status, 200);
  });

  it('approve a connector from a time of their own, and decline another', async () => {
    const actor = { name: people.administrator };
    const redirectUrl = 'https://siem.example.com/callback';
    for (const name of ['Wanted', 'Unwanted']) {
      // oxlint-disable-next-line no-await-in-loop
      await stand.directory.requestConnector(tenant, { name, redirectUrl }, actor);
    }
    const page = await stand.openAs('operator', '/operator/requests');
    const dialog = page.getByRole('dialog');
    await page.getByRole('article', { name: 'Unwanted' }).getByText('Decline').click();
    await dialog.getByRole('button', { name: 'Decline' }).click();
    await page.getByRole('article', { name: 'Unwanted' }).waitFor({ state: 'detached' });

    await page.getByRole('article', { name: 'Wanted' }).getByText('Approve').click();
    await dialog.getByText('Serve attacks since').first().waitFor();
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('No request waits').waitFor();
    const connectors = await stand.directory.connectors(tenant);
    assert.deepEqual(
      connectors.map(({ name, state }) => [name, state]),
      [['Wanted', 'enabled']],
    );
  });

  it('see how the service is, what it keeps, and what everybody did', async () => {
    const page = await stand.openAs('operator', '/operator/health');
    await page.getByText('All is well.').waitFor();
    await page.goto('/operator/storage');
    await page.getByRole('link', { name: 'umbra-sohne/insync' }).first().waitFor();
    await page.goto('/operator/activity');
    await page
      .getByRole('row', { name: /umbra-sohne/ })
      .first()
      .waitFor();
    await page.getByRole('radiogroup', { name: 'Kind of activity' }).getByText('Changes').click();
    await page.waitForURL('**/operator/activity?kind=changes');
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download CSV' }).click();
    const csv = await readFile(await (await downloading).path(), 'utf8');
    assert.match(csv, /,umbra-sohne,/);
    assert.ok(
      csv
        .trimEnd()
        .split('\n')
        .slice(1)
        .every((line) => line.includes(',changes')),
    );
  });

  it('see what a receiver refused, and drop it', async () => {
    const refused = {
      id: 'e-7',
      occurredAtMs: 0,
      type: 'Backup',
      severity: 2,
      line: 'CEF:0|a line with \u202e hidden marks',
      reason: 'no such <b>field</b>',
      refusedAtMs: 0,
    } as const;
    const events = [7, 8].map((position) => ({ ...refused, position }));
    await stand.store.saveDelivery('siem', `${tenant}/insync`, { position: 9 }, events);
    const page = await stand.openAs('operator', '/operator/health');
    await page.getByText('tailrace quarantine retry siem').waitFor();
    await page.getByRole('button', { name: 'Show the events of siem' }).click();
    await page.getByText('no such <b>field</b>').first().waitFor();
    assert.ok(!(await page.locator('main').innerText()).includes('\u202e'), 'marks are shown raw');
    await page.getByRole('button', { name: `Drop ${tenant}/insync 7` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click();
    await page.getByText(`${tenant}/insync 7 is dropped`).waitFor();
    const left = await stand.store.quarantined('siem', undefined, 10);
    assert.deepEqual(
      left.map(({ position }) => position),
      [8],
    );
  });
});
