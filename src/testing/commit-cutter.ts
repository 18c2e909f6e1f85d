import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What happens to the next commit that passes. */
export type CommitFate = 'passes' | 'never arrives' | 'answer is lost' | 'is never answered';

export interface CommitCutter extends AsyncDisposable {
  readonly port: number;
  /** For the next commit; afterwards they pass again. */
  fate: CommitFate;
  /** Commits that did not pass. */
  readonly cuts: number;
  /** While true, new connections are cut at once. */
  isClosed: boolean;
  /** Cuts every connection there is. */
  cutAll(): void;
  /** Lets nothing pass any more on the connections there are, and tells neither side. */
  muteAll(): void;
}

/** A loopback port that leads to PostgreSQL on `targetPort`, on a line that breaks when it is told to. */
export async function openCommitCutter(targetPort: number): Promise<CommitCutter> {
  const sockets = new Set<Socket>();
  let mutes = 0;
  const server = createServer((client) => {
    if (state.isClosed) return client.destroy();
    const mutesBefore = mutes;
    const upstream = connect(targetPort, '127.0.0.1');
    let [isDoomed, isMute] = [false, false];
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (mutes > mutesBefore) return;
      const isCommit = bytes.includes('commit\0');
      const { fate } = state;
      if (isCommit) state.fate = 'passes';
      if (isCommit && fate !== 'passes') {
        state.cuts += 1;
        isDoomed = true;
        isMute = fate === 'is never answered';
      }
      if (isCommit && fate === 'never arrives') client.destroy();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (mutes > mutesBefore || isMute) return;
      if (!isDoomed) client.write(bytes);
      // `C` (command complete) with the tag: the server has committed.
      else if (bytes.includes('COMMIT\0')) client.destroy();
    });
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const state = {
    port,
    fate: 'passes' as CommitFate,
    cuts: 0,
    isClosed: false,
    muteAll() {
      mutes += 1;
    },
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      state.cutAll();
      server.close();
      await once(server, 'close');
    },
  };
  return state;
}
