import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** One run of one command. */
export interface Invocation {
  readonly terminal: Terminal;
  /** What the process ends with; a command that throws overrides it. */
  exitCode: number;
}

/** Builds one command; its file is loaded only when it is asked for, which keeps the start short. */
export type CommandBuilder = (invocation: Invocation) => Command;
