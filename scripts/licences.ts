/**
 * Checks the licences of everything that is shipped: what the program needs to run, and what is built
 * into the console's page.
 *
 *   node scripts/licences.ts          how many packages there are under each licence
 *   node scripts/licences.ts --list   every package with its version and licence
 *
 * Ends with 1 for a licence that is not in the list of those that ask for no more than a notice.
 */
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

interface Package {
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What these ask for, a copy of the licence in node_modules or beside the page, is given. */
const allowed = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

const lock: { readonly packages: Readonly<Record<string, Package>> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
);

const shipped = closure([...directDependencies(), ...importedBy('console/src')]);
const rows = [...shipped]
  .map((path) => ({ name: nameOf(path), ...lock.packages[path], license: licenceOf(path) }))
  .toSorted((one, other) => (one.name < other.name ? -1 : 1));
if (process.argv.includes('--list')) {
  for (const { name, version, license } of rows) console.log(`${name} ${version} ${license}`);
} else {
  const byLicence = Map.groupBy(rows, ({ license }) => license);
  for (const [license, packages] of byLicence) console.log(`${packages.length} ${license}`);
}
const refused = rows.filter(({ license }) => !isAllowed(license));
for (const { name, version, license } of refused) {
  console.error(`error: ${name} ${version} is under ${license}, which is not in the list`);
}
console.log(
  `${rows.length} packages are shipped, ${refused.length} under a licence that is not allowed`,
);
if (refused.length > 0) process.exitCode = 1;

function directDependencies(): readonly string[] {
  return Object.keys(lock.packages['']?.dependencies ?? {});
}

/** Names of the packages that source files import. */
function importedBy(folder: string): readonly string[] {
  const texts = globSync(`${folder}/**/*.{ts,tsx}`).map((file) => readFileSync(file, 'utf8'));
  const specifiers = texts.flatMap((text) =>
    [...text.matchAll(/(?:from|import)\s*\(?\s*'([^.'][^']*)'/g)].map(([, name = '']) => name),
  );
  const names = specifiers.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '');
  return [...new Set(names)].filter((name) => `node_modules/${name}` in lock.packages);
}

/** Places in the lock file of packages and of all that they need in turn. */
function closure(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = resolve(name, from);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[path] ?? {};
    for (const needed of Object.keys({
      ...dependencies,
      ...optionalDependencies,
      ...peerDependencies,
    })) {
      visit(needed, path);
    }
  };
  for (const name of names) visit(name, '');
  return found;
}

/** As Node looks for it: in the nearest node_modules upwards. Undefined for what is not installed. */
function resolve(name: string, from: string): string | undefined {
  for (let place = from; ; place = posix.dirname(place)) {
    const path = posix.join(place, 'node_modules', name);
    if (path in lock.packages) return path;
    if (place === '' || place === '.') return undefined;
  }
}

/** As the package itself says, which counts more than what the lock file remembers. */
function licenceOf(path: string): string {
  const installed = readPackage(`${path}/package.json`);
  return installed?.license ?? lock.packages[path]?.license ?? 'no licence';
}

/** Undefined for what is not installed, such as for another operating system. */
function readPackage(file: string): Package | undefined {
  try {
    const found: Package = JSON.parse(readFileSync(file, 'utf8'));
    return found;
  } catch {
    return undefined;
  }
}

/** `MIT AND ISC` when both are, `(MIT OR GPL-3.0)` when one of them is. */
function isAllowed(licence: string): boolean {
  const text = licence.replaceAll(/[()]/g, '');
  return text.split(' OR ').some((choice) => choice.split(' AND ').every((id) => allowed.has(id)));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
