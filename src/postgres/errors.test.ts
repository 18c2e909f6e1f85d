import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Client, Pool } from 'pg';
import { portOf } from '../testing/port-of.ts';
import { toStoreError } from './errors.ts';

describe('what the PostgreSQL driver rejects with', () => {
  it('is a moment that passes when no connection could be had in time', async () => {
    // Method: a server that never answers; the second connection waits for the first one's place.
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const place = { host: '127.0.0.1', port: portOf(server), user: 'x', database: 'x' };
    const pool = new Pool({ ...place, max: 1, connectionTimeoutMillis: 50 });
    const client = new Client({ ...place, connectionTimeoutMillis: 50 });
    const outcomes = await Promise.allSettled([pool.connect(), pool.connect(), client.connect()]);
    for (const socket of sockets) socket.destroy();
    server.close();
    const errors = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason);
    assert.match(String(errors[1]), /timeout exceeded/);
    for (const error of errors) {
      assert.equal(toStoreError(error, 'postgres://x').code, 'store_unavailable', String(error));
    }
  });
});
