import type { CommandBuilder } from './invocation.ts';

interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<CommandBuilder>;
}

/** Every command, in the order in which `tailrace --help` shows them. */
export const commands = {
  demo: {
    summary: 'everything at once on this machine, to look at',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  run: {
    summary: 'run what a configuration file says: service, collector or both',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  check: {
    summary: 'check a configuration file and the secrets it names',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  status: {
    summary: 'show how every source and sink is doing',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  verify: {
    summary: 'prove that published files are whole: nothing missing, doubled or changed',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  quarantine: {
    summary: 'look at events that a receiver refused, send them again or drop them',
    load: async () => (await import('./commands/quarantine.ts')).quarantineCommand,
  },
  replay: {
    summary: 'send stored events to one sink once more, beside its delivery',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
  backup: {
    summary: 'copy the data while everything runs',
    load: async () => (await import('./commands/backup.ts')).backupCommand,
  },
  node: {
    summary: 'show the nodes that share a store; forget one that is gone for good',
    load: async () => (await import('./commands/node.ts')).nodeCommand,
  },
  migrate: {
    summary: 'move a data directory into PostgreSQL',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand,
  },
  import: {
    summary: "append events from a file as the vendor's product would",
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  export: {
    summary: 'write events of a stream to a file or a pipe',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  tenant: {
    summary: 'create, list, disable and delete tenants',
    load: async () => (await import('./commands/tenant.ts')).tenantCommand,
  },
  admin: {
    summary: "manage a tenant's administrators",
    load: async () => (await import('./commands/admin.ts')).adminCommand,
  },
  operator: {
    summary: 'manage who runs the service; the way back in for who cannot sign in',
    load: async () => (await import('./commands/operator.ts')).operatorsCommand,
  },
  token: {
    summary: "manage an administrator's API token",
    load: async () => (await import('./commands/token.ts')).tokenCommand,
  },
  'api-client': {
    summary: 'manage OAuth clients of Events API v2',
    load: async () => (await import('./commands/api-client.ts')).apiClientCommand,
  },
  connector: {
    summary: "manage connectors of AppTrana's SIEM API",
    load: async () => (await import('./commands/connector.ts')).connectorCommand,
  },
  'export-settings': {
    summary: 'show or change what a tenant exports',
    load: async () => (await import('./commands/export-settings.ts')).exportSettingsCommand,
  },
  'ingest-key': {
    summary: 'manage the keys that events are appended with',
    load: async () => (await import('./commands/ingest-key.ts')).ingestKeyCommand,
  },
  keys: {
    summary: 'rotate the master key',
    load: async () => (await import('./commands/keys.ts')).keysCommand,
  },
  audit: {
    summary: 'show who did what',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
} as const satisfies Record<string, CommandEntry>;

export type CommandName = keyof typeof commands;

export function isCommandName(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(commands, name);
}
