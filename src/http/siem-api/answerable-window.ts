import type { Window } from '../../core/window.ts';
import { HttpError } from '../http-error.ts';
import type { AttackInfoRequest } from './schemas.ts';

/** "Maximum time range allowed is 5 mins": exactly that is allowed. */
const windowMsMax = 300_000;
/** "Details are available up to 30 days." */
const availableMs = 2_592_000_000;

/**
 * The part of the asked window for which there can be attacks: "from the time SIEM service is
 * enabled", and up to 30 days. A window that only begins earlier is answered from there on, as the
 * first one that a script asks for after SIEM was enabled; one that lies wholly before is refused.
 */
export function answerableWindow(
  { startTime, endTime }: Pick<AttackInfoRequest, 'startTime' | 'endTime'>,
  siemEnabledAtMs: number,
  nowMs: number,
): Window {
  const times = `got ${timeText(startTime)} and ${timeText(endTime)}`;
  if (startTime >= endTime) throw refusal(`startTime must be before endTime, ${times}`);
  const spanMs = endTime - startTime;
  if (spanMs > windowMsMax) {
    throw refusal(
      `endTime must be at most 5 minutes (${windowMsMax} ms) after startTime, got ${spanMs} ms`,
    );
  }
  const fromMs = Math.max(siemEnabledAtMs, nowMs - availableMs);
  if (endTime <= fromMs) {
    const why = fromMs === siemEnabledAtMs ? 'when SIEM was enabled' : '30 days ago';
    throw refusal(`attacks are available from ${timeText(fromMs)} on, ${why}; ${times}`);
  }
  return { fromMs: Math.max(startTime, fromMs), untilMs: endTime };
}

/** As it was sent, and as a person reads it. */
function timeText(ms: number): string {
  return `${ms} (${new Date(ms).toISOString()})`;
}

function refusal(message: string): HttpError {
  return new HttpError('input_invalid', message);
}
