import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../core/errors.ts';
import type { ConsoleRoute } from '../console-api/route.ts';
import type { HttpContext } from '../http-env.ts';
import { HttpError } from '../http-error.ts';
import type { Service } from '../service.ts';
import { answerFile, assetsPath, publicFilesPath } from './files.ts';
import { consolePages } from './pages.ts';

/** Where `vite build` leaves room for the nonce. */
const noncePlaceholder = '__CSP_NONCE__';

export function pageRoutes(): readonly ConsoleRoute[] {
  return [
    ...consolePages.map((path) => ({ method: 'GET', path, answer: answerPage })),
    { method: 'GET', path: `${assetsPath}/:file`, answer: answerAsset },
    { method: 'GET', path: `${publicFilesPath}/:file`, answer: answerPublicFile },
  ];
}

/** index.html with a nonce of its own, under which alone scripts and styles run. */
async function answerPage(c: HttpContext, service: Service): Promise<Response> {
  const page = await readPage(service);
  if (page === undefined) return answerMissing(c);
  const nonce = randomBytes(16).toString('base64');
  c.header('content-security-policy', contentSecurityPolicy(nonce));
  c.header('cache-control', 'no-store');
  c.header('cross-origin-opener-policy', 'same-origin');
  c.header('permissions-policy', 'camera=(), geolocation=(), microphone=()');
  return c.html(page.replaceAll(noncePlaceholder, nonce));
}

/** Read anew each time: it is small, and a new build is there at once. */
async function readPage({ console: parts, log }: Service): Promise<string | undefined> {
  const file = join(parts?.pageDirectory ?? '', 'index.html');
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    log.warn({ file, reason: errorMessage(error) }, 'the console is not built');
    return undefined;
  }
}

function answerMissing(c: HttpContext): Response {
  c.header('cache-control', 'no-store');
  const text =
    'The web console is not built. Run `npm run build:console` where Tailrace is installed and ' +
    'load this page again.\nThe APIs are served all the same.\n';
  return c.text(text, 503);
}

function contentSecurityPolicy(nonce: string): string {
  const directives = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return directives.join('; ');
}

/** Their names hold a digest of their content, so they never change. */
function answerAsset(c: HttpContext, service: Service): Promise<Response> {
  const caching = 'public, max-age=31536000, immutable';
  return answerOrNotFound(c, service, 'assets', caching);
}

function answerPublicFile(c: HttpContext, service: Service): Promise<Response> {
  return answerOrNotFound(c, service, '', 'public, max-age=3600');
}

async function answerOrNotFound(
  c: HttpContext,
  service: Service,
  folder: string,
  caching: string,
): Promise<Response> {
  const directory = join(service.console?.pageDirectory ?? '', folder);
  const answer = await answerFile(c, directory, c.req.param('file') ?? '', caching);
  if (answer !== undefined) return answer;
  throw new HttpError('not_found', 'Requested API not found');
}
