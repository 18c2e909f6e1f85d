/** `name` is one of the three calls of the SIEM API. */
export function apiUrl(base: string, name: 'authorize' | 'getAuthToken' | 'getAttackInfo'): URL {
  return new URL(`${base.replace(/\/$/, '')}/wafportal/rest/siem/v1/${name}`);
}
