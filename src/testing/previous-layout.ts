/**
 * SQL that turns databases of the present layout into what earlier versions left behind, with the
 * rows that are there, for tests of the way forward.
 */

/** `events.db` of version 1, which had no quarantine. */
export const eventsOfVersion1 = /* sql */ `
  drop table quarantine;
  pragma user_version = 1;
`;

/** `directory.sqlite` of version 2, which had administrators instead of people. Children go first. */
export const directoryOfVersion2 = /* sql */ `
  create table administrator (
    tenant text not null references tenant (id) on delete cascade,
    email_key text not null primary key, email text not null, role text not null,
    created_at_ms bigint not null);
  insert into administrator
    select tenant, email_key, email, role, created_at_ms from person where tenant is not null;
  create index administrator_by_tenant on administrator (tenant);
  create table old_token (
    email_key text not null primary key references administrator (email_key) on delete cascade,
    token_id text not null, lookup text unique, sealed_value text,
    created_at_ms bigint not null, expires_at_ms bigint not null);
  insert into old_token
    select email_key, token_id, lookup, sealed_value, created_at_ms, expires_at_ms from token;
  drop table token;
  alter table old_token rename to token;
  drop table session; drop table invitation; drop table recovery_code; drop table second_factor;
  drop table person; drop table last_use; drop table use_hour;
  drop index audit_entry_by_kind; drop index audit_entry_by_tenant_and_kind;
  alter table audit_entry drop column kind;
  pragma user_version = 2;
`;

/** `directory.sqlite` of version 1, which had no connectors. */
export const directoryOfVersion1 = /* sql */ `
  ${directoryOfVersion2}
  drop table redeemed_code; drop table connector_token; drop table connector_key;
  drop table connector;
  pragma user_version = 1;
`;
