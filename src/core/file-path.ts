import { z } from 'zod';

const filePaths = z.registry<{ readonly isFilePath: true }>();

/** The path of a file or a directory; a relative one counts from where the configuration file is. */
export const filePath = z.string().min(1).register(filePaths, { isFilePath: true });

/** True for `filePath`, described or not. */
export function isFilePath(schema: z.core.$ZodType): boolean {
  return filePaths.get(schema) !== undefined;
}
