import { type Dispatcher, Headers, request } from 'undici';
import { headerEntries } from '../src/lib/http-client.ts';

export interface AskOptions {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly dispatcher?: Dispatcher;
}

export interface Asked {
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * One exchange, whose answer must be 200. With as little work as can be: what the client takes is
 * missing to the service on the same two cores, and `fetch` takes as much to send a batch as the
 * service does to store it.
 */
export async function ask(url: string, options: AskOptions): Promise<Asked> {
  const { statusCode, headers, body } = await request(url, options);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (statusCode === 200) return { headers: new Headers(headerEntries(headers)), body: bytes };
  const { pathname } = new URL(url);
  throw new Error(`${pathname} answered ${statusCode}: ${bytes.toString('utf8', 0, 1000)}`);
}

/** `name=value` of the first cookie that an answer sets. */
export function cookieIn(headers: Headers): string | undefined {
  return headers.getSetCookie()[0]?.split(';')[0];
}
