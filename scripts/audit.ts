/**
 * Asks the package registry for known vulnerabilities of what is installed. Ends with 1 when there are
 * any; a registry that does not offer the question is said aloud and is no failure.
 */
import { spawnSync } from 'node:child_process';

interface Report {
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  readonly message?: string;
}

const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', timeout: 120_000 });
const { metadata, message } = parse(stdout);
if (metadata === undefined) {
  // Without its address: a registry of one's own may have credentials in it.
  const why = message?.replace(/ - .*/, '') ?? 'no answer';
  console.log(`npm audit: not done, because the package registry does not offer it (${why})`);
} else {
  const { total = 0, ...bySeverity } = metadata.vulnerabilities;
  const counts = Object.entries(bySeverity).filter(([, count]) => count > 0);
  const text = counts.map(([severity, count]) => `${count} ${severity}`).join(', ');
  console.log(`npm audit: ${total} known vulnerabilities${text === '' ? '' : ` (${text})`}`);
  if (total > 0) {
    spawnSync('npm', ['audit'], { stdio: 'inherit' });
    process.exitCode = 1;
  }
}

function parse(text: string): Report {
  try {
    const report: Report = JSON.parse(text);
    return report;
  } catch {
    return {};
  }
}
