import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every line of every published file in `directory`, files in the order of their names. */
export function publishedLines(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .toSorted()
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1));
}
