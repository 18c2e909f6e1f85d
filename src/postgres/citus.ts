/** A row when the extension is present in the database. */
export const findCitus = `select extversion as version from pg_extension where extname = 'citus'`;

/**
 * For transactions that make tables on every machine: one connection to each. What was made over
 * several at a time cannot be used again in the same transaction.
 */
export const oneConnectionEach = `set local citus.multi_shard_modify_mode to 'sequential'`;
