/** What is shipped of the packages in node_modules: what the program and the console's page need. */
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

interface Package {
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface ShippedPackage {
  readonly name: string;
  readonly version: string | undefined;
  /** As the package itself says, which counts more than what the lock file remembers. */
  readonly license: string;
  /** Where it is installed, relative to the root of the repository. */
  readonly path: string;
}

const lock: { readonly packages: Readonly<Record<string, Package>> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
);

/** What the program needs to run, and what the page is built from; by name. */
export function shippedPackages(): readonly ShippedPackage[] {
  return packagesAt(closure([...directDependencies(), ...importedBy('console/src')]));
}

/** What the console's page is built from. */
export function pagePackages(): readonly ShippedPackage[] {
  return packagesAt(closure(importedBy('console/src')));
}

/** The packages that are installed at these places, by name. */
export function packagesAt(paths: Iterable<string>): readonly ShippedPackage[] {
  return [...paths]
    .map((path) => ({
      name: nameOf(path),
      version: lock.packages[path]?.version,
      license: licenceOf(path),
      path,
    }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

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

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
