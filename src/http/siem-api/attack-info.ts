import { AppError } from '../../core/errors.ts';
import type { ConnectorPrincipal } from '../../directory/connector.ts';
import { appTrana } from '../../feeds/apptrana.ts';
import type { LostPositions, StreamInfo } from '../../store/event-store.ts';
import { answerPage, wantedCoding } from '../answer.ts';
import { compressedChunks } from '../content-coding.ts';
import { parseBearer } from '../credentials.ts';
import { unauthorized } from '../gate.ts';
import type { HttpContext } from '../http-env.ts';
import { HttpError } from '../http-error.ts';
import { beginPull, gapHeader, resumePull } from '../pull.ts';
import type { Pull } from '../pull.ts';
import { readBody } from '../request-body.ts';
import type { Service } from '../service.ts';
import { answerableWindow } from './answerable-window.ts';
import type { AttackAnswer } from './attack-answers.ts';
import { attackInfoRequest } from './schemas.ts';
import type { AttackInfoRequest } from './schemas.ts';
import { streamedBody } from './streamed-body.ts';
import type { StreamedBody } from './streamed-body.ts';

const bodyBytesMax = 16 * 1024;
/** Who has waited longer is asked again who it is. */
const admittedMs = 1000;
const json = 'application/json';

/**
 * `POST …/getAttackInfo`: the attacks of a half-open window by attack time, grouped by website (in
 * the order of their names), in time order, those of one millisecond in the order of their arrival.
 * `Tailrace-Head-Position` says up to where in the stream they were looked for: what arrives later
 * stands behind it at `/streams/v1/apptrana`.
 */
export async function getAttackInfo(c: HttpContext, service: Service): Promise<Response> {
  const admittedAtMs = service.clock.monotonicMs();
  const principal = await authenticate(c, service);
  const begun = await beginPull(c, service, 'siem-api', principal, appTrana);
  const info = await service.store.streamInfo(begun.stream);
  const headPosition = info?.headPosition ?? 0;
  c.header('tailrace-head-position', `${headPosition}`);
  const { startTime, endTime, ...filter } = await readRequest(c, service, begun);
  const hasWaited = service.clock.monotonicMs() - admittedAtMs >= admittedMs; // for the body
  const pull = hasWaited ? await resumePull(c, service, begun) : begun;
  const { apiId, siemEnabledAtMs } = principal.connector;
  const asked = { startTime, endTime };
  const window = answerableWindow(asked, siemEnabledAtMs, service.clock.nowMs());
  const query = { stream: pull.stream, window, filter, headPosition, apiId };
  const headers = gapHeaderOf(service, pull, info, window.fromMs);
  const answer = await service.attacks.read(query, c.req.raw.signal);
  return answer.isSmall
    ? answerWhole(c, service, pull, answer, headers)
    : answerStreamed(c, service, pull, answer, headers);
}

/** The document spells the header `Authorisation`, HTTP and most scripts `Authorization`. */
async function authenticate(c: HttpContext, service: Service): Promise<ConnectorPrincipal> {
  const token =
    parseBearer(c.req.header('authorisation')) ?? parseBearer(c.req.header('authorization'));
  if (token === undefined) {
    throw unauthorized('Bearer', 'an access token is required: Authorization: Bearer …');
  }
  const principal = await service.gate.connectorToken(c, token);
  if (principal === undefined) {
    throw unauthorized('Bearer', 'the access token is wrong, has expired or was ended');
  }
  return principal;
}

async function readRequest(
  c: HttpContext,
  service: Service,
  { principal }: Pull,
): Promise<AttackInfoRequest> {
  const limits = { bytesMax: bodyBytesMax, decompressedBytesMax: bodyBytesMax };
  using body = await readBody(c, limits, service.bodies, principal.tenant);
  const parsed = attackInfoRequest.safeParse(parseJson(body.bytes.toString('utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ message }) => message);
  throw new HttpError('input_invalid', problems.join('; '), { problems });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('input_invalid', 'the body must be JSON with startTime and endTime');
  }
}

async function answerWhole(
  c: HttpContext,
  service: Service,
  pull: Pull,
  answer: AttackAnswer,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  await using _ = answer;
  const body = Buffer.concat(await Array.fromAsync(answer.chunks()));
  count(service, pull, answer.attacks, body.byteLength);
  return await answerPage(c, service, { body, coding: undefined, contentType: json, headers });
}

/** The status has gone out when something fails here, so the connection breaks off. */
function answerStreamed(
  c: HttpContext,
  service: Service,
  pull: Pull,
  answer: AttackAnswer,
  headers: Readonly<Record<string, string>>,
): Response {
  const coding = wantedCoding(c);
  const chunks = coding ? compressedChunks(answer.chunks(), coding) : answer.chunks();
  const { body, ended } = streamedBody(chunks);
  pull.progress.streaming = finish(service, pull, answer, ended);
  return c.body(body, 200, {
    ...headers,
    'content-type': json,
    'cache-control': 'no-store',
    vary: 'accept-encoding',
    ...(coding && { 'content-encoding': coding }),
  });
}

async function finish(
  service: Service,
  pull: Pull,
  answer: AttackAnswer,
  ended: StreamedBody['ended'],
): Promise<void> {
  const end = await ended;
  const { stream } = pull;
  const { outcome, bytes } = end;
  count(service, pull, outcome === 'whole' ? answer.attacks : 0, bytes);
  if (end.outcome === 'failed') {
    service.log.error({ err: end.error, stream, bytes }, 'an answer broke off');
  }
  try {
    await answer[Symbol.asyncDispose]();
  } catch (error) {
    service.log.warn({ err: error, stream }, 'what an answer was sorted in could not be closed');
  }
}

function count({ metrics }: Service, pull: Pull, attacks: number, bytes: number): void {
  const labels = { tenant: metrics.tenantLabel(pull.tenant.id), api: pull.api };
  pull.progress.events = attacks;
  metrics.exportedEvents.inc(labels, attacks);
  metrics.exportedBytes.inc(labels, bytes);
}

/** Said when retention may have dropped attacks of the window before it was asked for. */
function gapHeaderOf(
  { metrics }: Service,
  pull: Pull,
  info: StreamInfo | undefined,
  fromMs: number,
): Record<string, string> {
  const lost = info && lostBefore(info, fromMs);
  if (lost === undefined) return {};
  metrics.gaps.inc({ tenant: metrics.tenantLabel(pull.tenant.id), api: pull.api });
  return gapHeader(lost);
}

function lostBefore(info: StreamInfo, fromMs: number): LostPositions | undefined {
  const { firstRetainedPosition, oldestEventMs } = info;
  if (firstRetainedPosition === 1 || fromMs >= (oldestEventMs ?? Infinity)) return undefined;
  return {
    firstPosition: 1,
    lastPosition: firstRetainedPosition - 1,
    untilMs: oldestEventMs,
  };
}
