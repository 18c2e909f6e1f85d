import { runSql, type PostgresCluster } from './postgres-cluster.ts';

/**
 * Makes a server look as if it had the extension Citus: its row among the extensions, those tables of
 * its catalogue that we read, and the functions that we call, which keep a record and refuse what Citus'
 * manual says it refuses. Tables stay what they are, on one machine. So it proves which calls are made,
 * in which order, once, and that the program reads the catalogue by the right names; it proves nothing
 * of what the real extension does with them.
 */
export async function pretendCitus({ url }: PostgresCluster): Promise<void> {
  await runSql(url, catalogue);
  await runSql(url, distributing);
}

/** Columns as in Citus 11 to 13. */
const catalogue = /* sql */ `
  set allow_system_table_mods = on;
  insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    values (99001, 'citus', 10, 11, false, '13.0-1');
  create table pg_catalog.pg_dist_partition (logicalrelid regclass not null, partmethod "char" not null,
    partkey text, colocationid integer not null default 0, repmodel "char" not null,
    autoconverted boolean not null default false);
  create table pg_catalog.pg_dist_shard (logicalrelid regclass not null, shardid bigserial,
    shardstorage "char" not null default 't', shardminvalue text, shardmaxvalue text);
  create table pg_catalog.pg_dist_placement (placementid bigserial, shardid bigint not null,
    shardstate integer not null default 1, shardlength bigint not null default 0,
    groupid integer not null);
  create table pg_catalog.pg_dist_local_group (groupid integer not null);
  insert into pg_catalog.pg_dist_local_group values (0);
  create table pg_catalog.pg_dist_node (nodeid serial, groupid integer not null, nodename text not null,
    nodeport integer not null default 5432, noderack text not null default 'default',
    hasmetadata boolean not null default true, isactive boolean not null default true,
    noderole text not null default 'primary', nodecluster name not null default 'default',
    metadatasynced boolean not null default true, shouldhaveshards boolean not null default true);
  insert into pg_catalog.pg_dist_node (groupid, nodename, shouldhaveshards)
    values (0, 'coordinator.example.com', false), (1, 'one.example.com', true), (2, 'two.example.com', true);
  create table public.pretended_calls (number serial, call text not null, mode text);`;

const distributing = /* sql */ `
  set allow_system_table_mods = on;
  create function pg_catalog.column_to_column_name(table_name regclass, column_var_text text) returns text
    language sql as 'select column_var_text';

  create function public.place_shards(of_table regclass, shards integer, everywhere boolean) returns void
    language sql as $$
      with made as (insert into pg_dist_shard (logicalrelid)
        select of_table from generate_series(1, shards) returning shardid)
      insert into pg_dist_placement (shardid, groupid)
        select m.shardid, n.groupid from made m join pg_dist_node n
        on n.shouldhaveshards and (everywhere or n.groupid = 1 + m.shardid % 2)
    $$;

  create function public.full_name(of_table regclass) returns text language sql as $$
    select relnamespace::regnamespace || '.' || relname from pg_class where oid = of_table $$;

  create function public.note_call(call text) returns void language sql as $$
    insert into public.pretended_calls (call, mode)
    values (call, current_setting('citus.multi_shard_modify_mode', true)) $$;

  create function pg_catalog.create_distributed_table(table_name regclass, distribution_column text,
    distribution_type text default 'hash', colocate_with text default 'default',
    shard_count integer default null) returns void language plpgsql as $$
  declare side_by_side integer;
  begin
    perform public.note_call(format('distribute %s by %s beside %s', public.full_name(table_name),
      distribution_column, colocate_with));
    if exists (select 1 from pg_dist_partition where logicalrelid = table_name) then
      raise 'table "%" is already distributed', table_name;
    end if;
    if exists (select 1 from pg_index i where i.indrelid = table_name and (i.indisunique or i.indisexclusion)
        and not exists (select 1 from pg_attribute a where a.attrelid = table_name
          and a.attname = distribution_column and a.attnum = any(i.indkey))) then
      raise 'cannot create constraint on "%"', table_name using detail =
        'Distributed relations cannot have UNIQUE, EXCLUDE, or PRIMARY KEY constraints that do not include the partition column';
    end if;
    if exists (select 1 from pg_trigger where tgrelid = table_name) then
      raise 'triggers are not supported on distributed tables';
    end if;
    if colocate_with = 'default' then
      select coalesce(max(colocationid), 0) + 1 into side_by_side from pg_dist_partition;
    else
      select p.colocationid into strict side_by_side from pg_dist_partition p
        where p.logicalrelid = colocate_with::regclass and p.partkey is not null;
    end if;
    insert into pg_dist_partition values (table_name, 'h', distribution_column, side_by_side, 's');
    perform public.place_shards(table_name, coalesce(shard_count, 32), false);
  end $$;

  create function pg_catalog.create_reference_table(table_name regclass) returns void
    language plpgsql as $$
  begin
    perform public.note_call(format('copy %s everywhere', public.full_name(table_name)));
    if exists (select 1 from pg_dist_partition where logicalrelid = table_name and repmodel = 't') then
      raise 'table "%" is already distributed', table_name;
    end if;
    if exists (select 1 from pg_constraint where contype = 'f' and table_name in (conrelid, confrelid)) then
      raise 'table "%" is chained with local tables by foreign keys', table_name;
    end if;
    insert into pg_dist_partition values (table_name, 'n', null, 900, 't');
    perform public.place_shards(table_name, 1, true);
  end $$;`;
