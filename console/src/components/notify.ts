import { notifications } from '@mantine/notifications';
import { errorSentence, isCallStatus } from '../api/call-error.ts';

/** Says that a change is done; screen readers hear it too. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'teal', autoClose: 5_000 });
}

/** Says that a change was not made, and why. */
export function notifyFailed(error: unknown): void {
  // An ended session asks to sign in over the screen.
  if (isCallStatus(error, 401)) return;
  notifications.show({
    title: 'That did not work',
    message: errorSentence(error),
    color: 'red',
    autoClose: 10_000,
  });
}
