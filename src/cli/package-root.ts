/** Whether this program runs from source, as in a clone of the repository, or as it is published. */
export const isSource = import.meta.url.endsWith('.ts');

/** The folder that holds the package.json of this package; chunks of a build lie one folder deep. */
export const packageRoot = new URL(isSource ? '../../' : '../', import.meta.url);
