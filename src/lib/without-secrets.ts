/**
 * `text` without what might be a credential, for messages about what a server has said: it may repeat
 * what it was sent. That is every unbroken run of 24 characters, or of 16 with a digit among them.
 */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/(?=[\w+/=.~%-]*\d)[\w+/=.~%-]{16,}|[\w+/=.~%-]{24,}/g, '…');
}
