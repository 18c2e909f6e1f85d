/**
 * Runs with `npm ci`: builds the console where its tools are installed. Where they are not, as in
 * `npm ci --omit=dev`, there is nothing to do: what is published holds the console built.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const vite = 'node_modules/vite/bin/vite.js';

if (existsSync(vite) && existsSync('console/index.html')) {
  const { status } = spawnSync(process.execPath, [vite, 'build', 'console', '--logLevel', 'warn'], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else {
  console.log('The console is not built: vite is not installed.');
}
