import { existsSync, readFileSync } from 'node:fs';

/** Of this package, as its package.json says: beside `src/`, or in `dist/` beside `cli/`. */
export const version = readVersion();

function readVersion(): string {
  const published = new URL('../package.json', import.meta.url);
  const file = existsSync(published) ? published : new URL('../../package.json', import.meta.url);
  const manifest: { readonly version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return manifest.version;
}
