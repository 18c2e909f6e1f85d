/** How messages are told apart on a connection (RFC 6587). */
export const framings = {
  /** Each led by its length in bytes of UTF-8. */
  'octet-counting': (message: string) => `${Buffer.byteLength(message)} ${message}`,
  /** Each ended by a newline; encoders write none into a line. */
  newline: (message: string) => `${message}\n`,
} as const satisfies Record<string, Framing>;

/** A message → what goes over the wire. */
export type Framing = (message: string) => string;

const chunkLengthMin = 65_536;

/** Frames in chunks of some size, as a write for each would cost more than the frames. */
export function* chunksOf(frames: Iterable<string>): Iterable<string> {
  let chunk = '';
  for (const frame of frames) {
    chunk += frame;
    if (chunk.length < chunkLengthMin) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
