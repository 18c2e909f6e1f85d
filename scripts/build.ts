/**
 * Makes `dist/`, the folder that is published: JavaScript and declarations compiled from `src/`, the
 * built console, and a package.json of its own whose `tailrace` bin runs on Node ≥ 24.15 without any
 * build step.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['--project', 'tsconfig.build.json'], { stdio: 'inherit' });

execFileSync('npm', ['run', '--silent', 'build:console'], { stdio: 'inherit' });
cpSync('console/dist', 'dist/console', { recursive: true });

const source: PackageJson = JSON.parse(readFileSync('package.json', 'utf8'));
const published = {
  name: source.name,
  version: source.version,
  description: source.description,
  license: source.license,
  type: 'module',
  engines: { node: '>=24.15' },
  bin: { tailrace: 'cli/main.js' },
  dependencies: source.dependencies,
};
writeFileSync('dist/package.json', `${JSON.stringify(published, undefined, 2)}\n`);
chmodSync('dist/cli/main.js', 0o755);
for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) copyFileSync(file, `dist/${file}`);
// What is in it and what it was made with, in CycloneDX; tools of development are marked as such.
const sbom = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  maxBuffer: 64 * 1024 ** 2,
});
writeFileSync('dist/sbom.cdx.json', sbom);
console.log(`dist/ holds ${published.name} ${published.version}`);
