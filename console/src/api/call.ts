import type { ConsoleEndpoint, ConsoleFailure } from '../../../src/http/console-api/api-types.ts';
import { CallError } from './call-error.ts';
import { serviceReached, sessionEnded } from './connection.ts';
import { endpointMethod, endpointUrl, type CallAnswer, type CallInput } from './endpoint.ts';

/** Their 401 says that a password or code is wrong, not that a session has ended. */
const withoutSession: ReadonlySet<ConsoleEndpoint> = new Set<ConsoleEndpoint>([
  'GET /sign-in-methods',
  'POST /sign-in',
  'POST /invitations/look',
  'POST /invitations/accept',
]);

/** Asks the service. Throws `CallError`, or what `signal` was aborted with. */
export async function call<E extends ConsoleEndpoint>(
  endpoint: E,
  input: CallInput<E>,
  signal?: AbortSignal,
): Promise<CallAnswer<E>> {
  const response = await reach(endpoint, input, signal);
  serviceReached.set(true);
  if (response.ok) return readAnswer<E>(response);
  if (response.status === 401 && !withoutSession.has(endpoint)) sessionEnded.set(true);
  throw new CallError(response.status, await readFailure(response), retryAfterMs(response));
}

async function reach<E extends ConsoleEndpoint>(
  endpoint: E,
  input: CallInput<E>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const method = endpointMethod(endpoint);
  const isGet = method === 'GET';
  try {
    return await fetch(endpointUrl(endpoint, input), {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      headers: isGet
        ? { accept: 'application/json' }
        : { accept: 'application/json', 'content-type': 'application/json' },
      body: isGet ? null : JSON.stringify(input.body ?? {}),
      signal: signal ?? null,
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    serviceReached.set(false);
    throw new CallError(0, unreachable);
  }
}

const unreachable: ConsoleFailure = {
  code: 'service_unreachable',
  message: 'The service does not answer.',
  hint: 'Check the network; what you see may be out of date.',
  retryable: true,
};

async function readAnswer<E extends ConsoleEndpoint>(response: Response): Promise<CallAnswer<E>> {
  const answer: CallAnswer<E> = await response.json();
  return answer;
}

async function readFailure(response: Response): Promise<ConsoleFailure> {
  try {
    const failure: Partial<ConsoleFailure> = await response.json();
    if (typeof failure.message === 'string') {
      return { code: 'unknown', retryable: false, ...failure, message: failure.message };
    }
  } catch {
    // A proxy's page instead of an answer: its status is all there is to say.
  }
  return {
    code: 'unknown',
    message: `The service answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}.`,
    retryable: response.status >= 500,
  };
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after'));
  return seconds > 0 ? seconds * 1_000 : undefined;
}
