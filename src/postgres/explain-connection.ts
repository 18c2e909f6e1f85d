import { errorMessage } from '../core/errors.ts';
import { explainNetworkError } from '../lib/explain-network-error.ts';
import { codeOf } from './errors.ts';

/** By PostgreSQL's codes (Appendix A of its manual): what is wrong, and what can be done. */
const refusals: Readonly<Record<string, readonly [words: string, hint: string]>> = {
  '28P01': [
    'the password is wrong for this role, or there is no such role',
    "Correct user and password of the store's address; a password's special characters are URL-encoded.",
  ],
  '28000': [
    'the server does not let this role in from here',
    'Look at `pg_hba.conf` of the server: role, database, network address, and whether TLS is demanded.',
  ],
  '3D000': [
    'there is no such database',
    'Create it (`create database … owner …`), or correct the end of the address.',
  ],
  '42501': ['the role lacks a right', 'Grant it, or let the role own the schema.'],
  '53300': [
    'the server has no connection left',
    'Raise `max_connections`, lower `store.poolSize`, or put a pooler between.',
  ],
  '57P03': ['the server is starting or ending', 'Try again in a moment.'],
};
const network = 'Check host and port of the address, that the server runs, and the way there.';
const certificates =
  'Name the authority with `sslrootcert=FILE` in the address, and the host as its certificate does.';

export interface ConnectionProblem {
  /** Names the address, never user or password. */
  readonly message: string;
  readonly hint: string;
}

/** Why no connection to `address` could be made, or a question was refused. */
export function explainConnectionError(error: unknown, address: string): ConnectionProblem {
  const code = codeOf(error) ?? '';
  const refusal = refusals[code];
  if (refusal) return { message: `${address}: ${refusal[0]} (${code})`, hint: refusal[1] };
  if (/^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E')) {
    return {
      message: `${address}: ${errorMessage(error)} (${code})`,
      hint: "Look the code up in PostgreSQL's manual, Appendix A; the server's log says more.",
    };
  }
  if (/does not support SSL/i.test(errorMessage(error))) {
    return {
      message: `${address}: the server does not speak TLS, which the address demands`,
      hint: 'Switch `ssl` on in postgresql.conf, or, on a network nobody else is on, say `sslmode=disable`.',
    };
  }
  if (/timeout expired|timed? ?out/i.test(errorMessage(error))) {
    return {
      message: `${address}: no answer in time; a firewall may swallow the packets`,
      hint: network,
    };
  }
  const { text, needsOperator } = explainNetworkError(error, address);
  return {
    message: text.replaceAll('the receiver', 'the server'),
    hint: needsOperator ? certificates : network,
  };
}
