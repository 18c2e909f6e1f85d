export const passwordLengthMin = 12;

export interface PasswordStrength {
  /** 0: not accepted; 1–3: weak, fair, strong. */
  readonly score: 0 | 1 | 2 | 3;
  readonly sentence: string;
}

/** A hint for who chooses a password. What counts is length without a pattern. */
export function passwordStrength(password: string, email: string): PasswordStrength {
  const missing = passwordLengthMin - Array.from(password).length;
  if (missing > 0) {
    const noun = missing === 1 ? 'character' : 'characters';
    return {
      score: 0,
      sentence: `At least ${passwordLengthMin} characters; ${missing} more ${noun}.`,
    };
  }
  const guess = guessable(password, email);
  if (guess !== undefined) return { score: 1, sentence: `Weak: ${guess}.` };
  const bits = effectiveLength(password) * Math.log2(alphabetSize(password));
  if (bits < 70) return { score: 2, sentence: 'Fair. Longer is better: another word or two.' };
  return { score: 3, sentence: 'Strong.' };
}

const commonParts = /passwor[dt]|passw0rd|qwert|asdf|letmein|welcome|admin|123456|abcdef|iloveyou/i;

function guessable(password: string, email: string): string | undefined {
  const lower = password.toLowerCase();
  const owner = email.split('@')[0]?.toLowerCase() ?? '';
  if (owner.length > 2 && lower.includes(owner)) return 'your e-mail address is in it';
  if (/^(.{1,4})\1+$/.test(password)) return 'it repeats one piece';
  if (new Set(password).size < 6) return 'it has few different characters';
  if (commonParts.test(password)) return 'a part of it is on every list of passwords';
  return undefined;
}

/** Characters that are not the same as, or next to, the one before. */
function effectiveLength(password: string): number {
  const codes = Array.from(password, (character) => character.codePointAt(0) ?? 0);
  return codes.filter((code, index) => Math.abs(code - (codes[index - 1] ?? -9)) > 1).length;
}

const alphabets = [
  { pattern: /[a-z]/, size: 26 },
  { pattern: /[A-Z]/, size: 26 },
  { pattern: /\d/, size: 10 },
  { pattern: /[^a-zA-Z\d]/, size: 33 },
] as const;

function alphabetSize(password: string): number {
  return alphabets
    .filter(({ pattern }) => pattern.test(password))
    .reduce((sum, { size }) => sum + size, 0);
}
