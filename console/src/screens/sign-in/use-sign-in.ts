import { useState } from 'react';
import type { SignIn, SignInOutcome } from '../../../../src/http/console-api/api-types.ts';
import { CallError, errorSentence } from '../../api/call-error.ts';
import { call } from '../../api/call.ts';

export interface SigningIn {
  readonly signIn: (credentials: SignIn) => Promise<void>;
  readonly state: SignInOutcome['state'] | 'out';
  readonly failure: string | undefined;
  /** How long the service will not listen; a new object for every refusal. */
  readonly waitMs: { readonly ms: number } | undefined;
  readonly isRunning: boolean;
}

type Progress = Omit<SigningIn, 'signIn'>;

const out: Progress = { state: 'out', failure: undefined, waitMs: undefined, isRunning: false };

/** The two steps of signing in. Without a code the first step goes first. */
export function useSignIn(onSignedIn: () => Promise<void>): SigningIn {
  const [progress, setProgress] = useState<Progress>(out);
  const signIn = async ({ email, password, code }: SignIn): Promise<void> => {
    setProgress({ ...progress, failure: undefined, isRunning: true });
    try {
      const given = code?.trim() ?? '';
      const body = { email: email.trim(), password, ...(given === '' ? {} : { code: given }) };
      const { state } = await call('POST /sign-in', { body });
      if (state === 'signed-in') await onSignedIn();
      setProgress({ ...out, state });
    } catch (error) {
      setProgress(refused(progress.state, error));
    }
  };
  return { ...progress, signIn };
}

function refused(state: Progress['state'], error: unknown): Progress {
  const waitMs = error instanceof CallError ? error.retryAfterMs : undefined;
  if (waitMs !== undefined) return { ...out, state, waitMs: { ms: waitMs } };
  return { ...out, state, failure: errorSentence(error) };
}
