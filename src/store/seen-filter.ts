/**
 * A Bloom filter over keys that are digests already: says for sure that a key is not in a run, so
 * that only one run in some hundreds is asked in vain. About 2 bytes a key.
 */
export interface SeenFilter {
  readonly bits: Uint8Array;
}

const bitsPerKey = 12;
const probes = 6;

export function newSeenFilter(keyCount: number): SeenFilter {
  const bitCount = 2 ** Math.ceil(Math.log2(Math.max(64, keyCount * bitsPerKey)));
  return { bits: new Uint8Array(bitCount / 8) };
}

/** `first` and `second` are two independent 32-bit parts of the key. */
export function addToFilter({ bits }: SeenFilter, first: number, second: number): void {
  const mask = bits.length * 8 - 1;
  for (let probe = 0, bit = first; probe < probes; probe++, bit += second | 1) {
    const at = bit & mask;
    bits[at >>> 3] = (bits[at >>> 3] ?? 0) | (1 << (at & 7));
  }
}

export function mayHold({ bits }: SeenFilter, first: number, second: number): boolean {
  const mask = bits.length * 8 - 1;
  for (let probe = 0, bit = first; probe < probes; probe++, bit += second | 1) {
    const at = bit & mask;
    if (((bits[at >>> 3] ?? 0) & (1 << (at & 7))) === 0) return false;
  }
  return true;
}
