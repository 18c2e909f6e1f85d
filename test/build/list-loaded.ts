/** Loaded before a program: appends the URL of everything that it loads to the file TAILRACE_LOADED. */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const file = process.env['TAILRACE_LOADED'] ?? '';

registerHooks({
  load(url, context, nextLoad) {
    if (file !== '') appendFileSync(file, `${url}\n`);
    return nextLoad(url, context);
  },
});
