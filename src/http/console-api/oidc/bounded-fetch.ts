import type { CustomFetch } from 'openid-client';

/** Of one answer of the provider, after decompression: discovery, keys, tokens and user info are small. */
const answerBytesMax = 1024 ** 2;

/** `fetch` that rejects what is larger than a provider's answers are, as soon as it is. */
export const boundedFetch: CustomFetch = async (url, { body, signal, ...options }) => {
  const response = await fetch(url, { ...options, body: body ?? null, signal: signal ?? null });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop early closes the connection.
    if (bytes > answerBytesMax) {
      throw new Error(`an answer is larger than ${answerBytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  const { status, statusText, headers } = response;
  return new Response(bytes === 0 ? null : Buffer.concat(chunks), { status, statusText, headers });
};
