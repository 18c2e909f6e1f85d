import { AppError } from '../core/errors.ts';

/** The error for a line that cannot be decoded, at `index` (from 0; people count columns from 1). */
export function lineInvalid(index: number, reason: string): AppError {
  return new AppError('line_invalid', `column ${index + 1}: ${reason}`);
}
