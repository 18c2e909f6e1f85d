import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What happens to the next commit that passes. */
export type CommitFate = 'passes' | 'never arrives' | 'answer is lost';

export interface CommitCutter extends AsyncDisposable {
  readonly port: number;
  /** For the next commit; afterwards they pass again. */
  fate: CommitFate;
  /** Commits that did not pass. */
  readonly cuts: number;
  /** Cuts every connection there is. */
  cutAll(): void;
}

/** A loopback port that leads to PostgreSQL on `targetPort`, on a line that breaks when it is told to. */
export async function openCommitCutter(targetPort: number): Promise<CommitCutter> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    let isDoomed = false;
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
      const isCommit = bytes.includes('commit\0');
      const { fate } = state;
      if (isCommit) state.fate = 'passes';
      if (isCommit && fate !== 'passes') {
        state.cuts += 1;
        isDoomed = true;
      }
      if (isCommit && fate === 'never arrives') client.destroy();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!isDoomed) client.write(bytes);
      // `C` (command complete) with the tag: the server has committed.
      else if (bytes.includes('COMMIT\0')) client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const state = {
    port,
    fate: 'passes' as CommitFate,
    cuts: 0,
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
