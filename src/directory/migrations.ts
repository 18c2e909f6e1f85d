import { sql } from 'kysely';
import type { CreateTableBuilder } from 'kysely';
import { AppError } from '../core/errors.ts';
import type { DirectoryDatabase, Writer } from './database.ts';

/** In order; the schema's version is how many of them have run. Never changed, only added to. */
const migrations: readonly ((transaction: Writer) => Promise<void>)[] = [
  createTables,
  createConnectors,
  createSignIn,
];

/** Brings the schema up to date, in one transaction. Throws `store_newer`. */
export async function migrate(database: DirectoryDatabase): Promise<void> {
  const found = await database.schemaVersion(database.reader);
  assertNotNewer(database, found);
  if (found === migrations.length) return;
  await database.writer.transaction().execute(async (transaction) => {
    const version = await database.schemaVersion(transaction); // another process may have been faster
    assertNotNewer(database, version);
    for (const migration of migrations.slice(version)) await migration(transaction);
    await database.setSchemaVersion(transaction, migrations.length);
  });
}

function assertNotNewer({ name }: DirectoryDatabase, version: number): void {
  if (version <= migrations.length) return;
  throw new AppError(
    'store_newer',
    `${name} has schema version ${version}; this Tailrace knows versions up to ${migrations.length}`,
  );
}

async function createTables({ schema }: Writer): Promise<void> {
  await schema
    .createTable('installation')
    .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn('name', 'text', notNull)
    .addColumn('master_key_id', 'text', notNull)
    .addColumn('wrapped_key', 'text', notNull)
    .addColumn('change_count', 'bigint', notNull)
    .addColumn('audit_count', 'bigint', notNull)
    .execute();
  await schema
    .createTable('tenant')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('title', 'text', notNull)
    .addColumn('edition', 'text', notNull)
    .addColumn('enabled', 'integer', notNull)
    .addColumn('wrapped_key', 'text', notNull)
    .addColumn('created_at_ms', 'bigint', notNull)
    .execute();
  await schema
    .createTable('export_settings')
    .addColumn('tenant', 'text', (column) =>
      column.primaryKey().notNull().references('tenant.id').onDelete('cascade'),
    )
    .addColumn('enabled', 'integer', notNull)
    .addColumn('categories', 'text', notNull)
    .addColumn('facility', 'integer', notNull)
    .execute();
  await createPeople({ schema });
  await createMachines({ schema });
  await createAuditTrail({ schema });
}

async function createPeople({ schema }: Pick<Writer, 'schema'>): Promise<void> {
  await ownedByTenant(schema.createTable('administrator'))
    .addColumn('email_key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('email', 'text', notNull)
    .addColumn('role', 'text', notNull)
    .addColumn('created_at_ms', 'bigint', notNull)
    .execute();
  await schema
    .createTable('token')
    .addColumn('email_key', 'text', (column) =>
      column.primaryKey().notNull().references('administrator.email_key').onDelete('cascade'),
    )
    .addColumn('token_id', 'text', notNull)
    .addColumn('lookup', 'text', (column) => column.unique())
    .addColumn('sealed_value', 'text')
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('expires_at_ms', 'bigint', notNull)
    .execute();
  await indexTenant(schema, 'administrator');
}

async function createMachines({ schema }: Pick<Writer, 'schema'>): Promise<void> {
  await ownedByTenant(schema.createTable('api_client'))
    .addColumn('client_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', notNull)
    .addColumn('lookup', 'text', (column) => column.notNull().unique())
    .addColumn('created_at_ms', 'bigint', notNull)
    .execute();
  await ownedByTenant(schema.createTable('ingest_key'))
    .addColumn('key_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', notNull)
    .addColumn('lookup', 'text', (column) => column.notNull().unique())
    .addColumn('created_at_ms', 'bigint', notNull)
    .execute();
  await schema
    .createTable('access_token')
    .addColumn('lookup', 'text', (column) => column.primaryKey().notNull())
    .addColumn('client_id', 'text', (column) =>
      column.notNull().references('api_client.client_id').onDelete('cascade'),
    )
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('expires_at_ms', 'bigint', notNull)
    .execute();
  await indexTenant(schema, 'api_client');
  await indexTenant(schema, 'ingest_key');
  await schema
    .createIndex('access_token_by_client')
    .on('access_token')
    .columns(['client_id', 'expires_at_ms'])
    .execute();
}

async function createConnectors({ schema }: Writer): Promise<void> {
  await ownedByTenant(schema.createTable('connector'))
    .addColumn('connector_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', notNull)
    .addColumn('name_key', 'text', notNull)
    .addColumn('state', 'text', notNull)
    .addColumn('redirect_url', 'text', notNull)
    .addColumn('allowed_networks', 'text', notNull)
    .addColumn('requested_at_ms', 'bigint', notNull)
    .addColumn('api_id', 'text', (column) => column.unique())
    .addColumn('approved_at_ms', 'bigint')
    .addColumn('siem_enabled_at_ms', 'bigint')
    .addColumn('enabled_at_ms', 'bigint')
    .addUniqueConstraint('connector_name', ['tenant', 'name_key'])
    .execute();
  await ownedByConnector(schema.createTable('connector_key'))
    .addColumn('key_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('lookup', 'text', (column) => column.notNull().unique())
    .addColumn('sealed_value', 'text', notNull)
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('ends_at_ms', 'bigint')
    .execute();
  await schema
    .createTable('connector_token')
    .addColumn('lookup', 'text', (column) => column.primaryKey().notNull())
    .addColumn('key_id', 'text', (column) =>
      column.notNull().references('connector_key.key_id').onDelete('cascade'),
    )
    .addColumn('granted_for', 'text', notNull)
    .addColumn('salt', 'text', notNull)
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('expires_at_ms', 'bigint', notNull)
    .execute();
  await ownedByConnector(schema.createTable('redeemed_code'))
    .addColumn('lookup', 'text', (column) => column.primaryKey().notNull())
    .addColumn('token_lookup', 'text', notNull)
    .addColumn('expires_at_ms', 'bigint', notNull)
    .execute();
  await indexColumn(schema, 'connector_key', 'connector_id');
  await indexColumn(schema, 'connector_token', 'key_id');
  await indexColumn(schema, 'redeemed_code', 'connector_id');
}

/** One table of people takes the place of the administrators', whose tokens move with them. */
async function createSignIn(transaction: Writer): Promise<void> {
  const { schema } = transaction;
  await schema
    .createTable('person')
    .addColumn('email_key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('email', 'text', notNull)
    .addColumn('tenant', 'text', (column) => column.references('tenant.id').onDelete('cascade'))
    .addColumn('role', 'text', notNull)
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('password', 'text')
    .addColumn('last_sign_in_ms', 'bigint')
    .execute();
  await indexTenant(schema, 'person');
  await sql`insert into person (email_key, email, tenant, role, created_at_ms)
    select email_key, email, tenant, role, created_at_ms from administrator`.execute(transaction);
  await ownedByPerson(schema.createTable('person_token'))
    .addColumn('token_id', 'text', notNull)
    .addColumn('lookup', 'text', (column) => column.unique())
    .addColumn('sealed_value', 'text')
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('expires_at_ms', 'bigint', notNull)
    .addPrimaryKeyConstraint('person_token_key', ['email_key'])
    .execute();
  const columns = sql.raw(
    'email_key, token_id, lookup, sealed_value, created_at_ms, expires_at_ms',
  );
  await sql`insert into person_token (${columns}) select ${columns} from token`.execute(
    transaction,
  );
  await schema.dropTable('token').execute();
  await schema.dropTable('administrator').execute();
  await schema.alterTable('person_token').renameTo('token').execute();
  await createPersonsSecrets(schema);
  await createUses(schema);
  await sortAuditTrail(transaction);
}

async function createPersonsSecrets(schema: Writer['schema']): Promise<void> {
  await ownedByPerson(schema.createTable('second_factor'))
    .addColumn('sealed_secret', 'text')
    .addColumn('sealed_next', 'text')
    .addColumn('last_step', 'bigint', notNull)
    .addPrimaryKeyConstraint('second_factor_key', ['email_key'])
    .execute();
  await ownedByPerson(schema.createTable('recovery_code'))
    .addColumn('lookup', 'text', (column) => column.primaryKey().notNull())
    .execute();
  await schema
    .createTable('invitation')
    .addColumn('lookup', 'text', (column) => column.primaryKey().notNull())
    .addColumn('email_key', 'text', (column) =>
      column.references('person.email_key').onDelete('cascade'),
    )
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('expires_at_ms', 'bigint', notNull)
    .execute();
  await ownedByPerson(schema.createTable('session'))
    .addColumn('lookup', 'text', (column) => column.primaryKey().notNull())
    .addColumn('session_id', 'text', (column) => column.notNull().unique())
    .addColumn('method', 'text', notNull)
    .addColumn('address', 'text', notNull)
    .addColumn('user_agent', 'text', notNull)
    .addColumn('created_at_ms', 'bigint', notNull)
    .addColumn('last_seen_at_ms', 'bigint', notNull)
    .execute();
  for (const table of ['recovery_code', 'invitation', 'session']) {
    // eslint-disable-next-line no-await-in-loop -- one after the other, on one connection
    await indexColumn(schema, table, 'email_key');
  }
}

async function createUses(schema: Writer['schema']): Promise<void> {
  const key = ['tenant', 'kind', 'name', 'api', 'feed'] as const;
  await ownedByTenant(schema.createTable('last_use'))
    .addColumn('kind', 'text', notNull)
    .addColumn('name', 'text', notNull)
    .addColumn('api', 'text', notNull)
    .addColumn('feed', 'text', notNull)
    .addColumn('address', 'text', notNull)
    .addColumn('status', 'integer', notNull)
    .addColumn('events', 'bigint', notNull)
    .addColumn('position', 'bigint')
    .addColumn('at_ms', 'bigint', notNull)
    .addPrimaryKeyConstraint('last_use_key', [...key])
    .execute();
  await ownedByTenant(schema.createTable('use_hour'))
    .addColumn('kind', 'text', notNull)
    .addColumn('name', 'text', notNull)
    .addColumn('api', 'text', notNull)
    .addColumn('feed', 'text', notNull)
    .addColumn('hour', 'integer', notNull)
    .addColumn('events', 'bigint', notNull)
    .addPrimaryKeyConstraint('use_hour_key', [...key, 'hour'])
    .execute();
}

/** Pulls are most of the trail: who looks for the rest must not read through them. */
async function sortAuditTrail(transaction: Writer): Promise<void> {
  const { schema } = transaction;
  await schema
    .alterTable('audit_entry')
    .addColumn('kind', 'text', (column) => column.notNull().defaultTo('changes'))
    .execute();
  await sql`update audit_entry set kind = 'pulls' where action = 'pulled events'`.execute(
    transaction,
  );
  await sql`update audit_entry set kind = 'sign-ins' where action = 'issued an access token'`.execute(
    transaction,
  );
  await schema
    .createIndex('audit_entry_by_kind')
    .on('audit_entry')
    .columns(['kind', 'id'])
    .execute();
  await schema
    .createIndex('audit_entry_by_tenant_and_kind')
    .on('audit_entry')
    .columns(['tenant', 'kind', 'id'])
    .execute();
}

async function createAuditTrail({ schema }: Pick<Writer, 'schema'>): Promise<void> {
  await schema
    .createTable('audit_entry')
    .addColumn('id', 'bigint', (column) => column.primaryKey().notNull())
    .addColumn('at_ms', 'bigint', notNull)
    .addColumn('tenant', 'text')
    .addColumn('actor_name', 'text', notNull)
    .addColumn('actor_address', 'text')
    .addColumn('action', 'text', notNull)
    .addColumn('detail', 'text', notNull)
    .addColumn('outcome', 'text', notNull)
    .execute();
  await schema
    .createIndex('audit_entry_by_tenant')
    .on('audit_entry')
    .columns(['tenant', 'id'])
    .execute();
  await schema.createIndex('audit_entry_by_time').on('audit_entry').column('at_ms').execute();
}

function ownedByTenant<Name extends string>(
  table: CreateTableBuilder<Name>,
): CreateTableBuilder<Name, 'tenant'> {
  return table.addColumn('tenant', 'text', (column) =>
    column.notNull().references('tenant.id').onDelete('cascade'),
  );
}

function ownedByConnector<Name extends string>(
  table: CreateTableBuilder<Name>,
): CreateTableBuilder<Name, 'connector_id'> {
  return table.addColumn('connector_id', 'text', (column) =>
    column.notNull().references('connector.connector_id').onDelete('cascade'),
  );
}

function ownedByPerson<Name extends string>(
  table: CreateTableBuilder<Name>,
): CreateTableBuilder<Name, 'email_key'> {
  return table.addColumn('email_key', 'text', (column) =>
    column.notNull().references('person.email_key').onDelete('cascade'),
  );
}

async function indexTenant(schema: Writer['schema'], table: string): Promise<void> {
  await indexColumn(schema, table, 'tenant');
}

async function indexColumn(schema: Writer['schema'], table: string, name: string): Promise<void> {
  await schema.createIndex(`${table}_by_${name}`).on(table).column(name).execute();
}

function notNull<Column extends { notNull(): Column }>(column: Column): Column {
  return column.notNull();
}
