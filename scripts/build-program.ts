import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle.ts';
import type { Bundle } from './bundle.ts';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/**
 * Writes the program as it is published into `folder`, with a package.json of its own: it needs
 * Node ≥ 24.15 and no other package. The console's page is not in it.
 */
export async function buildProgram(folder: string): Promise<Bundle> {
  await mkdir(folder, { recursive: true });
  const bundle = await bundleProgram(folder);
  await chmod(join(folder, 'cli/main.js'), 0o755);
  const manifest = fileURLToPath(new URL('../package.json', import.meta.url));
  const source: PackageJson = JSON.parse(await readFile(manifest, 'utf8'));
  const published = {
    name: source.name,
    version: source.version,
    description: source.description,
    license: source.license,
    type: 'module',
    engines: { node: '>=24.15' },
    bin: { tailrace: 'cli/main.js' },
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
  return bundle;
}
