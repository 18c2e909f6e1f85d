/** Resolves when `condition` holds, looked at once in every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  // eslint-disable-next-line no-await-in-loop -- one turn of the event loop at a time
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
