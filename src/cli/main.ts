#!/usr/bin/env node
/**
 * The `tailrace` command. Only asks whether this Node is new enough before anything is loaded that
 * an older one would stumble over.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `error: Tailrace needs Node.js 24.15 or newer, and this is ${process.versions.node}\n` +
      'hint: install a newer Node.js; in a clone of the repository, `npm ci` brings one along\n',
  );
  process.exitCode = 1;
} else {
  await import('./small-heap.ts');
  await import('./compile-cache.ts');
  const { runProgram } = await import('./program.ts');
  const { processTerminal } = await import('./terminal.ts');
  const { endProcess } = await import('./end-process.ts');
  const args = process.argv.slice(2);
  await endProcess(args, await runProgram(args, processTerminal()));
}
