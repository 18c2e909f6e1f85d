/**
 * Gives the memory of `bytes` back now. Left to the garbage collector, which does not feel the weight
 * of what lies outside of its heap, up to 64 MiB of it would gather in every thread. Nothing can be
 * read from `bytes` afterwards. Memory of which they are only a part stays.
 */
export function releaseMemory(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  if (isWhole && byteLength > 0) buffer.transfer(0);
}

/**
 * As `releaseMemory`, for bytes that may be a part of their memory of which nobody uses the rest.
 * What may lie in the pool that Node makes small buffers from stays.
 */
export function releaseAround({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}
