import { SignalStore } from './signal-store.ts';

/** Whether the last call reached the service at all. */
export const serviceReached = new SignalStore(true);

/** Set when a call is answered 401 although somebody was signed in; the sign-in dialog clears it. */
export const sessionEnded = new SignalStore(false);
