import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packagesAt, pagePackages } from './shipped-packages.ts';
import type { ShippedPackage } from './shipped-packages.ts';

const introduction = `Tailrace contains parts of the packages below, under the licences that follow each list of names.
`;

/**
 * The licences of all packages whose code is published: those of the program's `modules` (paths) and
 * those that the console's page is built from. Packages with the same text are named above it together.
 */
export function thirdPartyNotices(modules: Iterable<string>): string {
  const bundled = packagesAt(new Set([...modules].flatMap(packageOf)));
  const packages = new Map([...bundled, ...pagePackages()].map((found) => [found.path, found]));
  const byText = Map.groupBy(packages.values(), licenceTextOf);
  const sections = [...byText].map(([text, sharing]) => {
    const names = sharing.map(({ name, version, license }) => `${name} ${version} (${license})`);
    return [...names.toSorted(), '', text].join('\n');
  });
  return [introduction, ...sections.toSorted()].join(`\n${'-'.repeat(80)}\n\n`);
}

/** Where the package of a module is installed; none for the program's own. */
function packageOf(module: string): readonly string[] {
  const path = relative(process.cwd(), module);
  const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path);
  return found === null ? [] : [found[0]];
}

/** Files that hold a licence or what one asks to be passed on. */
const noticeFile = /^(?:licen[cs]e|copying|notice|third[-_]?party)/i;

function licenceTextOf({ name, path, license }: ShippedPackage): string {
  const texts = installedFiles(path)
    .filter((file) => noticeFile.test(file))
    .map((file) => readFileSync(join(path, file), 'utf8').replaceAll('\r\n', '\n').trim());
  if (texts.length > 0) return `${texts.join('\n\n')}\n`;
  if (license === 'MIT') return mit;
  throw new Error(`${name} is under ${license} and has no text of it`);
}

/** For packages that name it and bring no text of it. */
const mit = `MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense,
and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN
NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** None for what is not installed, such as for another operating system. */
function installedFiles(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch {
    return [];
  }
}
