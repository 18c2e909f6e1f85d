import { readFileSync } from 'node:fs';
import { packageRoot } from './package-root.ts';

/** Of this package, as its package.json says. */
export const version = readVersion();

function readVersion(): string {
  const file = new URL('package.json', packageRoot);
  const manifest: { readonly version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return manifest.version;
}
