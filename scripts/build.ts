/**
 * Makes `dist/`, the folder that is published: the program in a few files with everything that it
 * needs, declarations of its types, the built console, and a package.json of its own whose `tailrace`
 * bin runs on Node ≥ 24.15 without any build step or other package.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { buildProgram } from './build-program.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

rmSync('dist', { recursive: true, force: true });
const program = await buildProgram('dist');
execFileSync('tsc', ['--project', 'tsconfig.build.json'], { stdio: 'inherit' });

execFileSync('npm', ['run', '--silent', 'build:console'], { stdio: 'inherit' });
cpSync('console/dist', 'dist/console', { recursive: true });

for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) copyFileSync(file, `dist/${file}`);
writeFileSync('dist/THIRD-PARTY-NOTICES', thirdPartyNotices(program.modules));
// What is in it and what it was made with, in CycloneDX; tools of development are marked as such.
const sbom = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  maxBuffer: 64 * 1024 ** 2,
});
writeFileSync('dist/sbom.cdx.json', sbom);
const sizeMb = (program.sizeBytes / 1e6).toFixed(1);
console.log(`dist/ holds the program: ${program.files} files, ${sizeMb} MB`);
