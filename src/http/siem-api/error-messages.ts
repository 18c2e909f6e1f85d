import { HttpError } from '../http-error.ts';
import type { ErrorBody, ErrorStatus } from '../http-error.ts';

const siemApiPath = '/wafportal/rest/siem/v1';
export const authorizePath = `${siemApiPath}/authorize`;
export const authTokenPath = `${siemApiPath}/getAuthToken`;
export const attackInfoPath = `${siemApiPath}/getAttackInfo`;

/** The documented body of every 401. */
export const unauthorised = 'Unauthorised';

/** The vendor's envelope of errors. */
export interface ErrorMessages {
  readonly errorMessages: readonly string[];
}

export function isSiemApiPath(path: string): boolean {
  return path.startsWith(`${siemApiPath}/`);
}

/**
 * A failure as the SIEM API says it. A 401 has the documented text first; to whoever asks for
 * attacks it also says why, but not to whoever tries API IDs and keys.
 */
export function inErrorMessages(
  path: string,
  status: ErrorStatus,
  error: unknown,
  { message }: Pick<ErrorBody, 'message'>,
): ErrorMessages {
  const isRefusal = error instanceof HttpError && status !== 500;
  const problems = isRefusal ? error.problems : [message];
  if (status !== 401) return { errorMessages: problems };
  return { errorMessages: path === attackInfoPath ? [unauthorised, ...problems] : [unauthorised] };
}
