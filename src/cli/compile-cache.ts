import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Keeps compiled code from one start to the next, which halves the time until a service is ready.
 * Beside the program, where only those can write who can change the program too; never in a
 * directory for everybody. Where it cannot be written nothing is kept.
 */
const modules = new URL('../../node_modules/', import.meta.url);
if (existsSync(modules) && process.env['NODE_COMPILE_CACHE'] === undefined) {
  const directory = fileURLToPath(new URL('.cache/tailrace', modules));
  enableCompileCache(directory);
  process.env['NODE_COMPILE_CACHE'] = directory; // for worker threads
}
