import { existsSync, readFileSync } from 'node:fs';

/** Lines of a file of the shared test data, or undefined when it is not beside the repository. */
export function sharedLines(name: string): readonly string[] | undefined {
  const path = new URL(`../../../shared/data/${name}`, import.meta.url);
  if (!existsSync(path) && process.env['TAILRACE_TEST_ALL'] !== '1') return undefined;
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

/** The option that skips a test whose data is missing, with the reason. */
export function skipWithout(name: string, lines: readonly string[] | undefined): false | string {
  return lines === undefined ? `../shared/data/${name} is missing` : false;
}
