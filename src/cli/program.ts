import { Command, CommanderError, Help } from 'commander';
import { AppError, errorMessage } from '../core/errors.ts';
import { commands, isCommandName } from './commands.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { HintedError, reportError } from './report-error.ts';
import { isBrokenPipe } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** Runs one command line to its end and gives the exit code; errors are reported on the terminal. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const invocation: Invocation = { terminal, exitCode: exitCodes.done.code };
  try {
    const program = await buildProgram(args, invocation);
    await program.parseAsync(args, { from: 'user' });
    return invocation.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done.code;
    const reported = error instanceof CommanderError ? usageError(error, args) : explained(error);
    if (isBrokenPipe(reported)) return exitCodes.done.code;
    reportError(reported, terminal, args.includes('--json'));
    return exitCodeOf(reported);
  }
}

/** The whole command line; only the command that `args` names is loaded, the others are summaries. */
async function buildProgram(args: readonly string[], invocation: Invocation): Promise<Command> {
  const program = new Command('tailrace')
    .description('Carries security events from products to SIEMs: once, in order, with proof.')
    .version(version)
    .usage('<command> [options]')
    .helpCommand('help [command]', 'show how a command is used')
    .addHelpText('after', afterHelp);
  program.exitOverride();
  const words = args.filter((word) => !word.startsWith('-'));
  const wanted = words[0] === 'help' ? words[1] : words[0];
  for (const [name, { summary }] of Object.entries(commands)) {
    if (name !== wanted) program.addCommand(new Command(name).description(summary));
    else if (isCommandName(name)) program.addCommand(await load(name, summary, invocation));
  }
  writeTo(program, invocation.terminal);
  return program;
}

async function load(name: keyof typeof commands, summary: string, invocation: Invocation) {
  const { config } = await import('zod');
  config({ jitless: true }); // schemas are used a few times; compiling them takes far longer
  const build = await commands[name].load();
  const command = build(invocation);
  return command.description() === '' ? command.description(summary) : command.summary(summary);
}

/** Commander's settings, in this command and all below it. */
function writeTo(command: Command, terminal: Terminal): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => void terminal.stdout.write(text),
    writeErr: () => {}, // reported by `runProgram`, with a hint
    getOutHelpWidth: () => Math.min(terminal.stdout.columns ?? 100, 100),
    getOutHasColors: () => terminal.stdout.isTTY === true && !terminal.environment['NO_COLOR'],
  });
  command.configureHelp({ styleTitle: (title) => title, ...helpOrder });
  for (const inner of command.commands) writeTo(inner, terminal);
}

/** Parents of commands show their subcommands; `help` is not repeated in every one. */
const helpOrder: Partial<Help> = { showGlobalOptions: false };

/** What the operating system says of a full disk comes from whatever was being written. */
function explained(error: unknown): unknown {
  const isDiskFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  if (!isDiskFull) return error;
  const hint = 'free space where the output goes, and run the command again';
  return new HintedError('disk_full', errorMessage(error), hint);
}

function usageError(error: CommanderError, args: readonly string[]): AppError {
  const [command] = args.filter((word) => !word.startsWith('-'));
  const help = isCommandName(command) ? `tailrace ${command} --help` : 'tailrace --help';
  if (error.code === 'commander.help') {
    return new HintedError('argument_invalid', 'a command is missing', `run \`${help}\``);
  }
  const [what = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const meant = rest.join(' ').replace(/[()]/g, '').trim();
  const message = meant === '' ? what : `${what}; ${meant.replace(/^D/, 'd')}`;
  return new HintedError('argument_invalid', message, `run \`${help}\` for what it takes`);
}

const afterHelp = `
Examples:
  $ tailrace demo                              see it work, on this machine
  $ tailrace check --config tailrace.yaml      check a configuration
  $ tailrace run --config tailrace.yaml        run it
  $ tailrace <command> --help                  more examples

Exit codes:
${Object.values(exitCodes)
  .map(({ code, summary }) => `  ${String(code).padStart(3)}  ${summary}`)
  .join('\n')}
`;
