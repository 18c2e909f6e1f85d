import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { describeProblem } from '../../pipeline/verification.ts';
import type { Verification } from '../../pipeline/verification.ts';
import { verifyDirectory } from '../../pipeline/verify.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeWhole, isWhole } from '../describe-verification.ts';
import type { Invocation } from '../invocation.ts';
import { jsonOption, parseOptions, withExamples } from '../options.ts';
import { printCount, printJson, printable } from '../print.ts';
import { showProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';

const verifyOptions = z.object({
  manifest: z.array(z.string()).optional(),
  allowTaken: z.boolean().default(false),
  ...jsonOption,
});

export function verifyCommand(invocation: Invocation): Command {
  const command = new Command('verify')
    .argument('<dir>', 'directory that a file sink publishes into')
    .description(
      'Read every published file once and prove by the manifest that nothing is missing, doubled, ' +
        `reordered, truncated or changed. Ends with code ${exitCodes.unsound.code} when something is.`,
    )
    .option('--manifest <files...>', 'manifests, where they are not in <dir>/.tailrace')
    .option('--allow-taken', 'files that the watcher has taken away are no problem')
    .option('--json', 'answer with JSON')
    .action(async (directory: string, options: unknown) => {
      await verify(directory, parseOptions(verifyOptions, options), invocation);
    });
  return withExamples(command, [
    'verify /var/siem/inbox',
    'verify /var/siem/inbox --allow-taken --json',
  ]);
}

async function verify(
  directory: string,
  { manifest, allowTaken, json }: z.output<typeof verifyOptions>,
  invocation: Invocation,
): Promise<void> {
  const { terminal } = invocation;
  const path = resolve(terminal.workingDirectory, directory);
  const manifests = manifest?.map((file) => resolve(terminal.workingDirectory, file));
  using progress = showProgress('Verifying', terminal, json);
  const verification = await untilInterrupted(terminal, (signal) =>
    verifyDirectory(
      path,
      {
        allowTaken,
        ...(manifests && { manifests }),
        onProgress: ({ readBytes, totalBytes, events }) =>
          progress.show(readBytes, totalBytes, `${printCount(events)} events`),
      },
      signal,
    ),
  );
  progress.end();
  if (verification.problemCount > 0) invocation.exitCode = exitCodes.unsound.code;
  if (json)
    printJson(terminal.stdout, { directory: path, ok: isWhole(verification), ...verification });
  else printVerification(path, verification, terminal);
}

function printVerification(path: string, verification: Verification, terminal: Terminal): void {
  const { stdout, stderr } = terminal;
  const { problems, problemCount } = verification;
  for (const problem of problems) stderr.write(`${printable(describeProblem(problem))}\n`);
  const unlisted = problemCount - problems.length;
  if (unlisted > 0) stderr.write(`and ${printCount(unlisted)} more\n`);
  if (problemCount === 0) stdout.write(`${path} is whole: ${describeWhole(verification)}\n`);
  else stderr.write(`error: ${path} has ${printCount(problemCount)} problem(s)\n`);
}
