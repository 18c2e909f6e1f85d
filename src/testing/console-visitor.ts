import assert from 'node:assert/strict';
import type { ConsoleApi, ConsoleEndpoint } from '../http/console-api/api-types.ts';
import { consoleApiPath } from '../http/console-api/console-path.ts';
import type { PersonRole } from '../directory/people.ts';
import type { TestService } from './export-service.ts';

export const testPassword = 'correct horse battery';
const actor = { name: 'test' };

type AnswerOf<E extends ConsoleEndpoint> = ConsoleApi[E]['answer'];

/** A browser on the console: keeps its cookie, and says where its requests come from. */
export class ConsoleVisitor {
  readonly #app: TestService['app'];
  #cookies = new Map<string, string>();
  /** Sent with every request. */
  headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' };

  constructor({ app }: Pick<TestService, 'app'>) {
    this.#app = app;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  set cookie(text: string) {
    this.#cookies = new Map();
    for (const pair of text.split('; ').filter((part) => part !== '')) {
      const equals = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
  }

  /** `path` is below the console's API unless it begins with another slash: `//sign-in`. */
  async send(method: string, path: string, body?: unknown): Promise<Response> {
    const url = path.startsWith('//') ? path.slice(1) : `${consoleApiPath}${path}`;
    const response = await this.#app.request(url, {
      method,
      headers: {
        ...this.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.#cookies.size === 0 ? {} : { cookie: this.cookie }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    this.#keep(response.headers.getSetCookie());
    return response;
  }

  /** The answer to a request that must succeed. `path` fills in the endpoint's parameters. */
  async ask<E extends ConsoleEndpoint>(
    endpoint: E,
    body?: unknown,
    path = endpoint.slice(endpoint.indexOf(' ') + 1),
  ): Promise<AnswerOf<E>> {
    const [method = ''] = endpoint.split(' ');
    const response = await this.send(method, path, body);
    const text = await response.text();
    assert.equal(response.status, 200, `${endpoint}: ${text}`);
    const answer: AnswerOf<E> = JSON.parse(text);
    return answer;
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const equals = pair.indexOf('=');
      const name = pair.slice(0, equals);
      if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) {
        this.#cookies.delete(name);
      } else this.#cookies.set(name, pair.slice(equals + 1));
    }
  }
}

/** Somebody with `testPassword`. Operators belong to no tenant. */
export async function createPerson(
  { directory }: Pick<TestService, 'directory'>,
  email: string,
  role: PersonRole,
  tenant?: string,
): Promise<void> {
  await directory.addPerson({ tenant, email, role }, actor);
  await directory.setPassword(email, testPassword, undefined, actor);
}

/** A visitor with a session. */
export async function signIn(
  service: Pick<TestService, 'app'>,
  email: string,
  password = testPassword,
): Promise<ConsoleVisitor> {
  const visitor = new ConsoleVisitor(service);
  const { state } = await visitor.ask('POST /sign-in', { email, password });
  assert.equal(state, 'signed-in');
  return visitor;
}
