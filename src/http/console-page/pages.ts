/** The addresses of the single-page application; everything else is none of its pages. */
export const consolePages = [
  '/',
  '/sign-in',
  '/setup',
  '/overview',
  '/events',
  '/settings/*',
  '/activity',
  '/people',
  '/profile',
  '/operator/*',
] as const;

export function isConsolePage(path: string): boolean {
  return consolePages.some((page) =>
    page.endsWith('/*') ? path.startsWith(page.slice(0, -1)) : path === page,
  );
}
