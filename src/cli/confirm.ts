import type { Terminal } from './terminal.ts';

/** Asks a yes-or-no question whose default is no. `cannot ask` where nobody could answer. */
export async function confirm(
  question: string,
  terminal: Terminal,
): Promise<'yes' | 'no' | 'cannot ask'> {
  const { stdin, stderr } = terminal;
  if (stdin.isTTY !== true || stderr.isTTY !== true) return 'cannot ask';
  const prompts = await import('@clack/prompts');
  const answer = await prompts.confirm({
    message: question,
    initialValue: false,
    input: stdin,
    output: stderr,
  });
  return answer === true ? 'yes' : 'no';
}
