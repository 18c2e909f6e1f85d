/** The thread a `WorkerClient` starts: one connection, one role. */
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import { connect, openDatabase } from './database.ts';
import { toStoreError } from './errors.ts';
import { ProgressTable } from './progress-table.ts';
import {
  callHandler,
  toAnswer,
  type Answer,
  type Call,
  type ReaderCalls,
  type VerifierCalls,
  type WorkerStart,
} from './protocol.ts';
import { StreamReader } from './reader.ts';
import { verifyStore } from './verification.ts';
import { Writer } from './writer.ts';
