import { useEffect, useState } from 'react';
import { errorSentence } from '../api/call-error.ts';

export interface Copying {
  readonly copy: (value: string | (() => Promise<string>)) => Promise<void>;
  readonly state: 'idle' | 'fetching' | 'copied' | 'failed';
  /** What happened, for a few seconds. */
  readonly message: string;
}

const messageMs = 2_500;

export function useCopy(): Copying {
  const [{ state, message }, setOutcome] = useState<Omit<Copying, 'copy'>>(idle);
  useEffect(() => {
    if (state !== 'copied' && state !== 'failed') return undefined;
    const timer = window.setTimeout(() => setOutcome(idle), messageMs);
    return () => window.clearTimeout(timer);
  }, [state, message]);
  const copy = async (value: string | (() => Promise<string>)): Promise<void> => {
    try {
      if (typeof value !== 'string') setOutcome({ state: 'fetching', message: '' });
      const text = typeof value === 'string' ? value : await value();
      await navigator.clipboard.writeText(text);
      setOutcome({ state: 'copied', message: 'Copied' });
    } catch (error) {
      setOutcome({ state: 'failed', message: `Not copied: ${copyFailure(error)}` });
    }
  };
  return { copy, state, message };
}

const idle = { state: 'idle', message: '' } as const;

function copyFailure(error: unknown): string {
  const isClipboard = error instanceof DOMException || error instanceof TypeError;
  return isClipboard ? 'the browser refused; select the text instead' : errorSentence(error);
}
