import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runSql, type PostgresCluster } from './postgres-cluster.ts';

/** Lines for postgresql.conf that make a server write down every statement that it is given. */
export const statementLogSettings: readonly string[] = [
  'logging_collector = on',
  "log_destination = 'jsonlog'",
  "log_directory = 'statements'",
  "log_statement = 'all'",
  'log_parameter_max_length = 0',
];

interface LogLine {
  readonly message?: string;
  readonly statement?: string;
}

/** Each statement that the server was given so far, once, as it was worded. */
export async function loggedStatements(cluster: PostgresCluster): Promise<readonly string[]> {
  const last = `select 'the last statement, ${process.pid}'`;
  await runSql(cluster.url, last);
  for (;;) {
    const statements = await statementsIn(join(cluster.dataDirectory, 'statements'));
    // Another process of the server writes the file, a little later.
    if (statements.delete(last)) return [...statements];
  }
}

async function statementsIn(directory: string): Promise<Set<string>> {
  const statements = new Set<string>();
  for (const name of await readdir(directory)) {
    if (!name.endsWith('.json')) continue;
    const text = await readFile(join(directory, name), 'utf8');
    for (const line of text.split('\n').slice(0, -1)) {
      const { message }: LogLine = JSON.parse(line);
      const statement = /^(?:execute [^:]*|statement): (.*)$/s.exec(message ?? '')?.[1];
      if (statement !== undefined) statements.add(statement);
    }
  }
  return statements;
}
