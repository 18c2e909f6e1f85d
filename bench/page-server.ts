/**
 * Serves prepared Events API v1 pages as fast as it can, as a process of its own so that its work is
 * not counted: `node bench/page-server.ts FORMAT EVENTS PAGE_EVENTS SCRIPTS`, where SCRIPTS is `ascii`
 * or `many`. Prints its port. The page after the last is empty.
 */
import { createServer } from 'node:http';
import { compileEncoder } from '../src/encode/compile-encoder.ts';
import type { Format } from '../src/encode/encoder.ts';
import { inSync } from '../src/feeds/insync.ts';
import { eventTexts } from './events.ts';

const [, , format = 'cef', events = '0', pageEvents = '0', scripts = 'ascii'] = process.argv;
const distinctEvents = 50_000;

function element(text: string): string {
  if (format === 'json') return text;
  const lineFormat: Format = format === 'syslog' ? 'syslog' : 'cef';
  const encode = compileEncoder(inSync, {
    format: lineFormat,
    profile: 'vendor',
    hostname: 'cloud.druva.com',
    facility: 23,
  });
  return JSON.stringify(encode(inSync.readEvent(JSON.parse(text)).event));
}

const elements = eventTexts(distinctEvents, { ascii: scripts === 'ascii' }).map(element);
const pages: Buffer[] = [];
for (let start = 0; start < distinctEvents; start += Number(pageEvents)) {
  const page = elements.slice(start, start + Number(pageEvents));
  pages.push(Buffer.from(`{"events":[${page.join(',')}]}`));
}
const pageCount = Math.ceil(Number(events) / Number(pageEvents));
const empty = Buffer.from('{"events":[]}');

const server = createServer((request, response) => {
  const cookie = /progress=(\d+)/.exec(request.headers.cookie ?? '')?.[1] ?? '0';
  const number = Math.min(Number(cookie), pageCount);
  const page = number < pageCount ? (pages[number % pages.length] ?? empty) : empty;
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': page.length,
    'set-cookie': `progress=${number < pageCount ? number + 1 : number}`,
  });
  response.end(page);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : '');
});
