/** How a streamed body came to its end; `left` when the client did not want the rest. */
export type StreamEnd = { readonly bytes: number } & (
  { readonly outcome: 'whole' | 'left' } | { readonly outcome: 'failed'; readonly error: unknown }
);

export interface StreamedBody {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when nothing more is read from `chunks`, however that came; never rejects. */
  readonly ended: Promise<StreamEnd>;
}

/** A response's body that asks for the next chunk when the client has room for it. */
export function streamedBody(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): StreamedBody {
  const iterator = chunks[Symbol.asyncIterator]();
  const { promise: ended, resolve } = Promise.withResolvers<StreamEnd>();
  let bytes = 0;
  let hasLeft = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next();
          if (hasLeft) return; // while the chunk was made; `cancel` waits behind it
          if (done === true) {
            controller.close();
            resolve({ outcome: 'whole', bytes });
            return;
          }
          bytes += value.byteLength;
          controller.enqueue(value);
        } catch (error) {
          resolve({ outcome: 'failed', error, bytes });
          throw error;
        }
      },
      async cancel() {
        hasLeft = true;
        await iterator.return?.().catch(() => undefined); // what failed is of no interest any more
        resolve({ outcome: 'left', bytes });
      },
    },
    { highWaterMark: 0 },
  );
  return { body, ended };
}
