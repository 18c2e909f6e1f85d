import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const needed = [
  { command: 'curl', package: 'curl' },
  { command: 'jq', package: 'jq' },
  { command: 'bash', package: 'bash' },
] as const;

/** The option that skips a test which runs snippets, with the reason. */
export const snippetSkip: false | string =
  process.env['TAILRACE_TEST_ALL'] === '1' ? false : missing();

function missing(): false | string {
  const absent = needed.find(
    ({ command }) => spawnSync(command, ['--version']).error !== undefined,
  );
  if (absent !== undefined) return `the Debian package ${absent.package} is missing`;
  const requests = spawnSync('python3', ['-c', 'import requests']);
  return requests.status === 0 ? false : 'the Debian package python3-requests is missing';
}

/** A folder in which a snippet may leave its cookie or tracker for the next run. */
export class SnippetFolder implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<SnippetFolder> {
    return new SnippetFolder(await mkdtemp(join(tmpdir(), 'tailrace-snippet-')));
  }

  /** What the script prints. Throws with its complaints when it fails or takes longer than 30 s. */
  async run(interpreter: 'bash' | 'python3', script: string): Promise<string> {
    const file = join(this.#folder, 'snippet');
    await writeFile(file, script);
    const child = spawn(interpreter, [file], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 30_000,
    });
    const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const [output, complaints, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      exited,
    ]);
    if (code !== 0) throw new Error(`${interpreter} ended with ${code}: ${complaints}${output}`);
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}
