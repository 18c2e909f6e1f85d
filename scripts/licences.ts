/**
 * Checks the licences of everything that is shipped: what the program needs to run, and what is built
 * into the console's page.
 *
 *   node scripts/licences.ts          how many packages there are under each licence
 *   node scripts/licences.ts --list   every package with its version and licence
 *
 * Ends with 1 for a licence that is not in the list of those that ask for no more than a notice.
 */
import { shippedPackages } from './shipped-packages.ts';

/** What these ask for, a copy of the licence, is given: in THIRD-PARTY-NOTICES of what is published. */
const allowed = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

const rows = shippedPackages();
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

/** `MIT AND ISC` when both are, `(MIT OR GPL-3.0)` when one of them is. */
function isAllowed(licence: string): boolean {
  const text = licence.replaceAll(/[()]/g, '');
  return text.split(' OR ').some((choice) => choice.split(' AND ').every((id) => allowed.has(id)));
}
