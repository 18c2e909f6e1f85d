import { secondSeen, wordsPerEntry, type SeenEntries } from './seen-entries.ts';

/** A run of keys is spread over buckets by the first bits of its keys. */
const keysPerBucket = 128;
export const bucketsMax = 2 ** 16;

export function bucketCount(keyCount: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, keyCount / keysPerBucket)));
  return Math.min(bucketsMax, wanted);
}

/** The bucket in which a key stands whose first word is `firstWord`. */
export function bucketNumber(firstWord: number, buckets: number): number {
  return Math.floor((firstWord / 2 ** 32) * buckets);
}

/** The entries by bucket; every bucket is there, empty ones too. */
export function spreadOverBuckets(entries: SeenEntries): readonly SeenEntries[] {
  const buckets = bucketCount(entries.length / wordsPerEntry);
  if (buckets === 1) return [entries];
  const starts = bucketStarts(entries, buckets);
  const sorted = new Uint32Array(entries.length);
  const next = starts.slice();
  for (let at = 0; at < entries.length; at += wordsPerEntry) {
    const number = bucketNumber(entries[at] ?? 0, buckets);
    const place = next[number] ?? 0;
    for (let word = 0; word < wordsPerEntry; word++) sorted[place + word] = entries[at + word] ?? 0;
    next[number] = place + wordsPerEntry;
  }
  return Array.from({ length: buckets }, (_, number) =>
    sorted.subarray(starts[number], starts[number + 1]),
  );
}

/** Those of the entries that were seen in this second or later. */
export function withoutOlder(entries: SeenEntries, oldestS: number): SeenEntries {
  const kept: number[] = [];
  for (let at = 0; at < entries.length; at += wordsPerEntry) {
    if (secondSeen(entries, at) >= oldestS) kept.push(at);
  }
  if (kept.length * wordsPerEntry === entries.length) return entries;
  return Uint32Array.from(kept.flatMap((at) => [...entries.subarray(at, at + wordsPerEntry)]));
}

/** The entries with these numbers, in this order. */
export function pickEntries(entries: SeenEntries, indexes: readonly number[]): SeenEntries {
  const picked = new Uint32Array(indexes.length * wordsPerEntry);
  indexes.forEach((index, place) => {
    const at = index * wordsPerEntry;
    picked.set(entries.subarray(at, at + wordsPerEntry), place * wordsPerEntry);
  });
  return picked;
}

export function joinEntries(parts: readonly SeenEntries[]): SeenEntries {
  const joined = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let length = 0;
  for (const part of parts) {
    joined.set(part, length);
    length += part.length;
  }
  return joined;
}

/** Where each bucket starts when all stand one behind the other, and where the last one ends. */
function bucketStarts(entries: SeenEntries, buckets: number): Uint32Array {
  const starts = new Uint32Array(buckets + 1);
  for (let at = 0; at < entries.length; at += wordsPerEntry) {
    const number = bucketNumber(entries[at] ?? 0, buckets);
    starts[number + 1] = (starts[number + 1] ?? 0) + wordsPerEntry;
  }
  for (let number = 1; number <= buckets; number++) {
    starts[number] = (starts[number] ?? 0) + (starts[number - 1] ?? 0);
  }
  return starts;
}
