import { AppError } from '../../../core/errors.ts';
import type { ConnectorWithKeys } from '../../../directory/connector.ts';
import type { Actor } from '../../../directory/directory.ts';
import type { HttpContext } from '../../http-env.ts';
import { Networks } from '../../networks.ts';
import type { Service } from '../../service.ts';
import { attackInfoPath, authorizePath, authTokenPath } from '../../siem-api/error-messages.ts';
import type { TryStep } from '../api-types.ts';
import { publicUrlOf } from '../same-origin.ts';
import { masked } from './masked.ts';
import { runStep } from './try-step.ts';
import type { StepAnswer, StepRequest } from './try-step.ts';

const windowMs = 300_000;

export interface Trial {
  readonly tenant: string;
  readonly name: string;
  readonly actor: Actor;
}

/**
 * Does what the connector's SIEM does (authorize → getAuthToken → getAttackInfo for the last five
 * minutes) with the service's own handlers, as coming from the address of whoever tries it. Stops at
 * the first step that is refused. Throws `not_found`, and `forbidden` unless the connector is enabled.
 */
export async function tryConnector(
  { tenant, name, actor }: Trial,
  c: HttpContext,
  service: Service,
  signal: AbortSignal,
): Promise<readonly TryStep[]> {
  const connector = await service.directory.connector(tenant, name);
  const { approval, keys } = connector;
  const key = keys[0]?.value.reveal();
  if (connector.state !== 'enabled' || approval === undefined || key === undefined) {
    const why = connector.state === 'requested' ? 'not approved yet' : 'disabled';
    throw new AppError('forbidden', `the connector ${JSON.stringify(name)} is ${why}`);
  }
  const trying = new Trying({ c, service, actor, connector, signal });
  const { apiId } = approval;
  const code = await trying.authorize(apiId);
  const token = code === undefined ? undefined : await trying.getAuthToken(apiId, key, code);
  if (token !== undefined) await trying.getAttackInfo(token, approval.siemEnabledAtMs);
  return trying.steps;
}

interface TryingParts {
  readonly c: HttpContext;
  readonly service: Service;
  readonly actor: Actor;
  readonly connector: ConnectorWithKeys;
  readonly signal: AbortSignal;
}

class Trying {
  readonly steps: TryStep[] = [];
  readonly #parts: TryingParts;
  readonly #base: string;
  readonly #secrets: string[] = [];

  constructor(parts: TryingParts) {
    this.#parts = parts;
    this.#base = publicUrlOf(parts.c, parts.service.options.publicUrl);
  }

  /** The code, when the service gives one. */
  async authorize(apiId: string): Promise<string | undefined> {
    const path = `${authorizePath}?client_id=${encodeURIComponent(apiId)}`;
    const answer = await this.#run({ method: 'GET', path, headers: {} });
    const location = answer.headers.get('location');
    const code = location === null ? null : new URL(location).searchParams.get('code');
    if (answer.status !== 302 || code === null) {
      return this.#stop('Ask for an authorization code', answer);
    }
    this.#secrets.push(code);
    const { host } = new URL(this.#parts.connector.redirectUrl);
    this.#step(
      'Ask for an authorization code',
      answer,
      `The service knows the connector and sends a code to its redirect URL at ${host}. ` +
        'Whether that address can be reached was not tried.',
    );
    return code;
  }

  /** The access token, when the service gives one. */
  async getAuthToken(apiId: string, key: string, code: string): Promise<string | undefined> {
    this.#secrets.push(key);
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: apiId,
      client_secret: key,
      code,
    });
    const answer = await this.#run({
      method: 'POST',
      path: authTokenPath,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    const title = 'Exchange the code for an access token';
    const { access_token: token, expires_in: seconds } = tokenIn(answer.text);
    if (answer.status !== 200 || token === undefined) return this.#stop(title, answer);
    this.#secrets.push(token);
    const minutes = Math.round((seconds ?? 0) / 60);
    const life = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
    this.#step(title, answer, `API ID and key are right; the access token is good for ${life}.`);
    return token;
  }

  async getAttackInfo(token: string, siemEnabledAtMs: number): Promise<void> {
    const nowMs = this.#parts.service.clock.nowMs();
    const endMs = nowMs + 1; // half-open: this very moment belongs to it
    const [startTime, endTime] = [String(endMs - windowMs), String(endMs)];
    const answer = await this.#run({
      method: 'POST',
      path: attackInfoPath,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ startTime, endTime }),
    });
    const title = 'Ask for the attacks of the last five minutes';
    if (answer.status !== 200) {
      this.#stop(title, answer);
      return;
    }
    const count = attacksIn(answer.text);
    const attacks = count === 1 ? 'One attack was' : `${count ?? 'Many'} attacks were`;
    const nothing =
      siemEnabledAtMs > nowMs - windowMs
        ? 'SIEM was enabled for this connector only just now. '
        : 'That is fine when there was none. ';
    this.#step(
      title,
      answer,
      `${attacks} answered. ${count === 0 ? nothing : ''}` +
        'The network between your SIEM and this service was not tried.',
    );
  }

  #run(request: StepRequest): Promise<StepAnswer> {
    const { c, service, actor, signal } = this.#parts;
    return runStep(request, { c, service, actor, base: this.#base, signal });
  }

  #step(title: string, answer: StepAnswer, sentence: string, ok = true): void {
    const { shownRequest, shownAnswer, elapsedMs } = answer;
    const [request, shown] = [shownRequest, shownAnswer].map((text) => masked(text, this.#secrets));
    this.steps.push({
      title,
      request: request ?? '',
      answer: shown ?? '',
      ok,
      sentence,
      elapsedMs,
    });
  }

  #stop(title: string, answer: StepAnswer): undefined {
    this.#step(title, answer, this.#refusal(answer), false);
    return undefined;
  }

  #refusal({ status }: StepAnswer): string {
    const { connector, c } = this.#parts;
    const { allowedNetworks } = connector;
    const { address } = c.get('client');
    if (allowedNetworks.length > 0 && !new Networks(allowedNetworks).has(address)) {
      return (
        `Refused, because requests for this connector may come from ${allowedNetworks.join(', ')} ` +
        `only, and your browser is at ${address}. Your SIEM is refused likewise unless its own ` +
        'address is among them; try the same requests from there.'
      );
    }
    if (status === 429) return 'Refused for now: there were too many requests. Try again later.';
    if (status >= 500) return 'The service could not answer. Try again; its operator sees why.';
    return `The service refused it with status ${status}; its answer says why.`;
  }
}

/** Undefined for an answer so long that only its beginning was taken. */
function attacksIn(text: string): number | undefined {
  try {
    const { data }: { data: { attacks: unknown[] }[] } = JSON.parse(text);
    return data.reduce((sum, { attacks }) => sum + attacks.length, 0);
  } catch {
    return undefined;
  }
}

function tokenIn(text: string): { readonly access_token?: string; readonly expires_in?: number } {
  try {
    const answer: { access_token?: string; expires_in?: number } = JSON.parse(text);
    return answer;
  } catch {
    return {};
  }
}
