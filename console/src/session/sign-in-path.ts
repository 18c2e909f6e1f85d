interface Place {
  readonly pathname: string;
  readonly search: string;
}

/** The sign-in screen, which leads back to `place`. */
export function signInPath({ pathname, search }: Place): string {
  const returnTo = `${pathname}${search}`;
  return returnTo === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ returnTo }).toString()}`;
}

const ownSite = 'http://console.invalid';

/**
 * Where to go after signing in: a path of this console and of no other site, written as browsers take
 * it. They leave out tabs and line breaks, take `\` for `/`, and resolve dots, all of which can make
 * another site out of a path.
 */
export function returnPath(search: URLSearchParams): string {
  const wanted = search.get('returnTo') ?? '/';
  if (/[\\\p{Cc}]/u.test(wanted) || !wanted.startsWith('/') || !URL.canParse(wanted, ownSite)) {
    return '/';
  }
  const { origin, pathname, search: query } = new URL(wanted, ownSite);
  const isOwnPath = origin === ownSite && !pathname.startsWith('//');
  return isOwnPath && !pathname.startsWith('/sign-in') ? `${pathname}${query}` : '/';
}
