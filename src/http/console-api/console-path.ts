/** Below it stand the console's endpoints. */
export const consoleApiPath = '/console/api';

export function isConsoleApiPath(path: string): boolean {
  return path === consoleApiPath || path.startsWith(`${consoleApiPath}/`);
}
