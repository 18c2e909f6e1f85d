const shownLength = 4;

/** The text with every secret cut down to its beginning, however it is written in a URL or a form. */
export function masked(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) {
    for (const written of new Set([secret, encodeURIComponent(secret)])) {
      shown = shown.replaceAll(written, `${secret.slice(0, shownLength)}••••`);
    }
  }
  return shown;
}
