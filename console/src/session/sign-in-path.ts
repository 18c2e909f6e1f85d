interface Place {
  readonly pathname: string;
  readonly search: string;
}

/** The sign-in screen, which leads back to `place`. */
export function signInPath({ pathname, search }: Place): string {
  const returnTo = `${pathname}${search}`;
  return returnTo === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ returnTo }).toString()}`;
}

/** Where to go after signing in: a path of this console and of no other site. */
export function returnPath(search: URLSearchParams): string {
  const wanted = search.get('returnTo') ?? '/';
  const isOwnPath = /^\/(?![/\\])/.test(wanted) && !wanted.startsWith('/sign-in');
  return isOwnPath ? wanted : '/';
}
