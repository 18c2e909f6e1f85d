import { useEffect, useState } from 'react';

/** The code behind `#`, which then leaves the address bar and the history. */
export function useInvitationCode(): string {
  const [code, setCode] = useState(codeInAddress);
  useEffect(() => {
    const take = (): void => {
      const found = codeInAddress();
      if (found !== '') setCode(found);
    };
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  useEffect(() => {
    if (window.location.hash !== '') {
      window.history.replaceState(window.history.state, '', window.location.pathname);
    }
  }, [code]);
  return code;
}

function codeInAddress(): string {
  return window.location.hash.slice(1);
}
