import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the built console lies: `console/dist` of the sources, `console` of the published package. */
export function consolePageDirectory(): string {
  const isPublished = existsSync(new URL('../../package.json', import.meta.url));
  const path = isPublished ? '../../console/' : '../../../console/dist/';
  return fileURLToPath(new URL(path, import.meta.url));
}
