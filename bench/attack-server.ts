/**
 * Serves prepared attacks over AppTrana's SIEM API as fast as it can, as a process of its own so that
 * its work is not counted: `node bench/attack-server.ts EVENTS APART_MS`. Prints its port. There are
 * EVENTS attacks, one every APART_MS, of which the last one happened when it started.
 */
import { createServer } from 'node:http';
import { appTranaGenerator } from '../src/feeds/apptrana-generator.ts';

const [, , events = '0', apart = '1'] = process.argv;
const apartMs = Number(apart);
const firstMs = Date.now() - Number(events) * apartMs;
const windowMsMax = 300_000;

/** What differs from attack to attack; as long as what is written over it. */
const timeHole = '2026-01-01T00:00:00.000Z';
const requestHole = '?'.repeat(27);

interface Template {
  readonly bytes: Buffer;
  readonly timeAt: number;
  readonly requestAt: number;
}

const generate = appTranaGenerator(7);
const templates = Array.from({ length: Math.ceil(windowMsMax / apartMs) + 2 }, (): Template => {
  const { websiteName: _, ...attack } = generate(0);
  const text = JSON.stringify({ ...attack, attackTime: timeHole, requestId: requestHole });
  const bytes = Buffer.from(`${text},`);
  return { bytes, timeAt: bytes.indexOf(timeHole), requestAt: bytes.indexOf(requestHole) };
});
const head = Buffer.from(
  '{"successMessage":"Success","data":[{"websiteName":"www.example.com","attacks":[',
);
const tail = Buffer.from(']}]}');
const token = JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: 86_400 });

/** An attack is the same whenever it is asked for, so windows may overlap. */
function answer(startMs: number, endMs: number): Buffer {
  const from = Math.max(0, Math.ceil((startMs - firstMs) / apartMs));
  const until = Math.min(Number(events), Math.ceil((endMs - firstMs) / apartMs));
  const numbers = Array.from({ length: Math.max(0, until - from) }, (_, index) => from + index);
  const used = numbers.flatMap((number) => templates[number % templates.length] ?? []);
  const body = Buffer.concat([head, ...used.map(({ bytes }) => bytes), tail]);
  let at = head.length;
  for (const [index, { bytes, timeAt, requestAt }] of used.entries()) {
    const number = from + index;
    body.write(new Date(firstMs + number * apartMs).toISOString(), at + timeAt, 'latin1');
    body.write(String(number).padStart(requestHole.length, 'A'), at + requestAt, 'latin1');
    at += bytes.length;
  }
  if (used.length > 0) body.write(' ', at - 1); // the comma after the last one
  return body;
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  request.on('end', () => {
    let body: string | Buffer = token;
    if (request.url?.endsWith('/getAttackInfo') === true) {
      const asked: Readonly<Record<string, string | number>> = JSON.parse(text);
      body = answer(Number(asked['startTime']), Number(asked['endTime']));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : '');
});
