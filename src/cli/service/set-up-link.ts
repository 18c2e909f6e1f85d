import { errorMessage } from '../../core/errors.ts';
import type { Config } from '../../config/read-config.ts';
import type { Directory } from '../../directory/directory.ts';
import { invitationLink } from '../invitation-link.ts';
import { printTime } from '../print.ts';
import type { Screen } from '../terminal.ts';

/** Where a link may be shown: to a person, never to what collects logs. */
export interface LinkPlace {
  readonly stderr: Screen;
  readonly isReadByPerson: boolean;
  readonly log: Log;
}

interface Log {
  info(message: string): void;
  warn(fields: object, message: string): void;
}

/** At each start for as long as no operator can sign in: how the first one gets in. */
export async function showSetUpLink(
  directory: Directory | undefined,
  serve: Config['serve'],
  url: string | undefined,
  { stderr, isReadByPerson, log }: LinkPlace,
): Promise<void> {
  if (directory === undefined || url === undefined || serve?.console.enabled !== true) return;
  try {
    if (!(await directory.isSetUpNeeded())) return;
    if (!isReadByPerson) {
      log.info('no operator can sign in yet: run `tailrace operator invite EMAIL` on this host');
      return;
    }
    const { code, expiresAtMs } = await directory.inviteFirstOperator({ name: 'system' });
    stderr.write(
      `\nNobody can sign in to the console yet. Set up the first operator here, once, until ` +
        `${printTime(expiresAtMs)}:\n\n  ${invitationLink(serve.publicUrl ?? url, code)}\n\n`,
    );
  } catch (error) {
    log.warn({ message: errorMessage(error) }, 'no set-up link could be made');
  }
}
