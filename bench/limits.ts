/** What this machine can do at most, measured in the same run as the figures beside it. */
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { ask } from './ask.ts';

/** Events per second of `JSON.parse` alone, one thread. */
export function jsonParseRate(lines: readonly string[]): number {
  return rateOf(lines.length, () => {
    for (const line of lines) JSON.parse(line);
  });
}

/** Compressed size over plain size with gzip -6. */
export function gzipRatio(text: string): number {
  return gzipSync(text, { level: 6 }).length / Buffer.byteLength(text);
}

/** Events per second when the same page is served from memory over loopback again and again. */
export async function staticBytesRate(page: Buffer, eventsPerPage: number): Promise<number> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': page.length }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const pages = 100;
  const start = performance.now();
  for (let done = 0; done < pages; done += 1) {
    await ask(`http://127.0.0.1:${port}/`, {});
  }
  const seconds = (performance.now() - start) / 1000;
  await new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  return (pages * eventsPerPage) / seconds;
}

function rateOf(count: number, work: () => void): number {
  let best = 0;
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    work();
    best = Math.max(best, count / ((performance.now() - start) / 1000));
  }
  return best;
}
