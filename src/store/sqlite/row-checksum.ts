import { crc32 } from 'node:zlib';
import { AppError } from '../../core/errors.ts';

type Column = string | number | null;

/** SQLite does not notice a flipped bit inside a row; rows that steer the program carry this. */
export function rowChecksum(columns: readonly Column[]): number {
  return crc32(JSON.stringify(columns));
}

export function assertRowChecksum(
  what: string,
  columns: readonly Column[],
  checksum: number,
): void {
  if (rowChecksum(columns) === checksum) return;
  throw new AppError('store_corrupt', `${what}: the checksum of its row does not match`);
}
