/**
 * What was typed into a form and not saved yet, for when the page has to go: signing in through an
 * OpenID provider, an accidental reload. Kept for this tab only and for one person's eyes; a form hands over only values that are no secrets.
 */
const prefix = 'tailrace-draft:';

export function draftKey(email: string, form: string): string {
  return `${prefix}${email}:${form}`;
}

export function readDraft(key: string): unknown {
  const stored = sessionStorage.getItem(key);
  if (stored === null) return undefined;
  try {
    const draft: unknown = JSON.parse(stored);
    return draft;
  } catch {
    return undefined;
  }
}

export function writeDraft(key: string, values: unknown): void {
  sessionStorage.setItem(key, JSON.stringify(values));
}

export function clearDraft(key: string): void {
  sessionStorage.removeItem(key);
}

export function clearDrafts(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  }
}
