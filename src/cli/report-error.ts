import { styleText } from 'node:util';
import { ConfigError } from '../config/problem.ts';
import { AppError, errorCode, errorCodes, errorMessage } from '../core/errors.ts';
import { printable, printableJson } from './print.ts';
import type { Terminal } from './terminal.ts';

/** Writes what went wrong and what can be done about it: two lines for people, one object for programs. */
export function reportError(error: unknown, terminal: Terminal, asJson: boolean): void {
  const { stderr } = terminal;
  if (asJson) {
    stderr.write(`${printableJson(JSON.stringify({ error: errorObject(error) }))}\n`);
    return;
  }
  const label = (text: string, color: 'red' | 'cyan'): string =>
    styleText(['bold', color], text, { stream: stderr });
  stderr.write(`${label('error:', 'red')} ${messageOf(error)}\n`);
  stderr.write(`${label('hint:', 'cyan')} ${hintOf(error)}\n`);
  if (!(error instanceof AppError) && error instanceof Error && terminal.environment['DEBUG']) {
    stderr.write(`${(error.stack ?? '').split('\n').map(printable).join('\n')}\n`);
  }
}

function errorObject(error: unknown): Record<string, unknown> {
  const code = errorCode(error);
  const { retryable } = errorCodes[code];
  const common = { code, message: errorMessage(error), hint: hintOf(error), retryable };
  if (!(error instanceof ConfigError)) return common;
  return {
    ...common,
    message: `${error.file} has ${error.problems.length} problem(s)`,
    file: error.file,
    problems: error.problems,
  };
}

function messageOf(error: unknown): string {
  // One problem per line.
  if (error instanceof ConfigError) return error.message.split('\n').map(printable).join('\n');
  return printable(errorMessage(error));
}

function hintOf(error: unknown): string {
  return error instanceof AppError ? error.hint : errorCodes[errorCode(error)].hint;
}

/** An error whose remedy depends on the command. */
export class HintedError extends AppError {
  constructor(code: ConstructorParameters<typeof AppError>[0], message: string, hint: string) {
    super(code, message, { hint });
  }
}
