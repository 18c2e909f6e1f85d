import type { Page } from 'playwright-core';
import { clipboard } from './console-stand.ts';

/** Opens the tab and presses Copy, as a reader does. */
export async function copySnippet(page: Page, title: string): Promise<string> {
  await page.getByRole('tab', { name: title, exact: true }).click();
  const copy = page.getByRole('button', { name: `Copy the text for ${title}` });
  await copy.click();
  await copy.filter({ hasText: 'Copied' }).waitFor();
  return clipboard(page);
}
