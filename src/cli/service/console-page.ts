import { fileURLToPath } from 'node:url';
import { isSource, packageRoot } from '../package-root.ts';

/** Where the built console lies: `console/dist` of the sources, `console` of the published package. */
export function consolePageDirectory(): string {
  return fileURLToPath(new URL(isSource ? 'console/dist/' : 'console/', packageRoot));
}
