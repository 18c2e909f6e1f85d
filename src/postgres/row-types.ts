import { types } from 'pg';
import type { CustomTypesConfig } from 'pg';

const int8 = 20;

/** As the driver does, but `bigint` as a number: nothing beyond 2^53 stands in these tables. */
export const rowTypes: CustomTypesConfig = {
  getTypeParser: (oid: number) => (oid === int8 ? Number : types.getTypeParser(oid, 'text')),
};
