const pattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const lengthMax = 63;

/** An id made of a name: `Acme Corp.` → `acme-corp`; empty when nothing of it can stand in one. */
export function idOfTitle(title: string): string {
  return title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, lengthMax)
    .replace(/^-+|-+$/g, '');
}

/** Why it cannot be an id, for a person; undefined when it can. */
export function tenantIdFault(id: string): string | undefined {
  if (id === '') return 'Enter an id.';
  return pattern.test(id)
    ? undefined
    : 'Up to 63 small letters, digits and hyphens; a hyphen neither first nor last.';
}
