import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap's young generation as small as it begins, 2 MiB. V8 would let it grow to 64 MiB as
 * soon as much is created and dropped, for next to no gain here: what is large are bytes outside of
 * the heap. The size itself can only be set from outside, before a process starts; that it grows can
 * be told at any time, and before anything else is loaded it has not grown yet.
 */
setFlagsFromString('--semi-space-growth-factor=1');

/**
 * What outlives the young generation is looked through again when it has doubled. V8 would let a
 * collector's 22 MiB grow to 64 before that, and finds the same garbage a little later for as much
 * work.
 */
setFlagsFromString('--heap-growing-percent=100');

/**
 * WebAssembly stays as it is compiled at first. After three requests V8 would optimize the parser of
 * HTTP that undici brings, which takes 23 MB for a moment and 16 MB for good, and spares nothing that
 * can be measured. `--liftoff-only` says it alone at the start of a process; later it takes all three.
 */
for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) {
  setFlagsFromString(flag);
}
