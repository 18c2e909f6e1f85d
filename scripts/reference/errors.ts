import { exitCodes } from '../../src/cli/exit-codes.ts';
import { errorCodes } from '../../src/core/errors.ts';
import { code, table } from './table.ts';

export function errorsReference(): string {
  const rows = Object.entries(errorCodes).map(([name, { summary, hint, retryable }]) => [
    code(name),
    summary,
    retryable ? 'yes' : 'no',
    hint,
  ]);
  const exits = Object.values(exitCodes).map((exit) => [String(exit.code), exit.summary]);
  return `# Errors

Every error has a code that stays the same from version to version: in answers over HTTP (\`code\`), in
\`--json\` errors of the command line, in the log and in \`tailrace status\`. Retryable means that the same
request may succeed later without anyone changing anything.

${table(['code', 'when', 'retryable', 'what to do'], rows)}
## Exit codes of the command line

${table(['code', 'meaning'], exits)}`;
}
