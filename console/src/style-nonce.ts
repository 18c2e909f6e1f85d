/** The nonce of this page, under which the content security policy lets scripts write styles. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

/** The library that holds the page still behind a dialog looks for the nonce under this name. */
export function publishStyleNonce(): void {
  Reflect.set(globalThis, '__webpack_nonce__', styleNonce());
}
