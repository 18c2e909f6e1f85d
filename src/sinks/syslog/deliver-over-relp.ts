import { AppError } from '../../core/errors.ts';
import type { RejectedEvent } from '../sink.ts';
import { withConnection, write, type ConnectionContext } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { chunksOf } from './framing.ts';
import { RelpResponses } from './relp-responses.ts';

export interface RelpMessage {
  readonly position: number;
  readonly message: string;
}

/** Messages that may be under way without an answer, and how many are written at once. */
const windowSize = 1024;
const groupSize = 128;
/** Of the first message; 1 opens the session. */
const firstTransaction = 2;
const openRequest = 'relp_version=0\nrelp_software=tailrace\ncommands=syslog';

/**
 * Sends messages over RELP and resolves when the receiver has answered each of them: what it answered
 * with an error comes back as rejected. The protocol's document is librelp's `relp.html`: frames are
 * `TXNR SP COMMAND SP DATALEN [SP DATA] LF`, numbered from 1.
 */
export async function deliverOverRelp(
  endpoint: Endpoint,
  messages: readonly RelpMessage[],
  context: ConnectionContext,
  signal: AbortSignal,
): Promise<readonly RejectedEvent[]> {
  return withConnection(
    endpoint,
    context,
    async (connection) => {
      const { socket, failed, goesOn } = connection;
      const responses = new RelpResponses(socket, failed);
      await write(connection, [frame(1, 'open', openRequest)]);
      const opened = await responses.to(1);
      goesOn();
      if (!opened.startsWith('200')) throw refused(endpoint, opened);
      const rejected: RejectedEvent[] = [];
      const settle = async (transaction: number) => {
        const response = await responses.to(transaction);
        goesOn();
        const position = messages[transaction - firstTransaction]?.position;
        if (!response.startsWith('200') && position !== undefined) {
          rejected.push({ position, reason: `RELP answered ${response}` });
        }
      };
      let settled = firstTransaction;
      for (let at = 0; at < messages.length; at += groupSize) {
        while (at + firstTransaction - settled > windowSize - groupSize) await settle(settled++);
        const group = messages.slice(at, at + groupSize);
        const frames = group.map(({ message }, index) =>
          frame(firstTransaction + at + index, 'syslog', message),
        );
        await write(connection, chunksOf(frames));
      }
      while (settled < messages.length + firstTransaction) await settle(settled++);
      // What is left is a courtesy: every message has been answered.
      socket.end(frame(messages.length + firstTransaction, 'close', ''));
      return rejected;
    },
    signal,
  );
}

function frame(transaction: number, command: string, data: string): string {
  const sizeBytes = Buffer.byteLength(data);
  return `${transaction} ${command} ${sizeBytes}${sizeBytes === 0 ? '' : ` ${data}`}\n`;
}

function refused({ name }: Endpoint, response: string): AppError {
  const [firstLine = ''] = response.split('\n');
  return new AppError('sink_refused', `${name}: RELP refused the session: ${firstLine}`);
}
