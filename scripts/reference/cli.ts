import { tmpdir } from 'node:os';
import { commands } from '../../src/cli/commands.ts';
import { runProgram } from '../../src/cli/program.ts';
import { ScriptedTerminal } from '../../src/testing/scripted-terminal.ts';

export async function cliReference(): Promise<string> {
  const sections = [`# Command line\n\n${await help([])}`];
  for (const name of Object.keys(commands)) {
    const text = await help([name]);
    sections.push(`## ${name}\n\n${text}`);
    for (const inner of subcommandsIn(text)) {
      sections.push(`### ${name} ${inner}\n\n${await help([name, inner])}`);
    }
  }
  return sections.join('\n');
}

async function help(words: readonly string[]): Promise<string> {
  const terminal = new ScriptedTerminal(tmpdir());
  await runProgram([...words, '--help'], terminal);
  return `\`\`\`\n${terminal.stdout.text.trim()}\n\`\`\`\n`;
}

/** Names of the commands below one, as its help lists them. */
function subcommandsIn(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, name = '']) => name);
}
