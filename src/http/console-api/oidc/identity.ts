import { email as emailAddress, emailKey } from '../../../directory/input.ts';
import type { Claims, OidcOptions } from './provider.ts';

/** Whom the provider vouches for, or why nobody. */
export type Identity = { readonly email: string } | { readonly refusal: string };

/** The verified address, if the domain and every required claim are as configured. */
export function identityOf(claims: Claims, options: OidcOptions): Identity {
  const { email, email_verified: isVerified } = claims;
  if (typeof email !== 'string' || email === '') return { refusal: 'no e-mail address came' };
  if (!isVouchedFor(isVerified, options.trustUnverifiedEmail)) {
    return { refusal: 'the e-mail address is not verified' };
  }
  if (!emailAddress.safeParse(email).success) return { refusal: 'the e-mail address is not one' };
  const domain = emailKey(email.slice(email.lastIndexOf('@') + 1));
  if (options.emailDomains.length > 0 && !options.emailDomains.includes(domain)) {
    return { refusal: `addresses of ${domain.slice(0, 100)} are not allowed` };
  }
  const missing = Object.entries(options.requireClaims).find(
    ([name, value]) => !holds(claims[name], value),
  );
  return missing === undefined ? { email } : { refusal: `claim ${missing[0]} is not as required` };
}

/** Some providers write the flag as text. */
function isVouchedFor(isVerified: unknown, isTrusted: boolean): boolean {
  if (isVerified === true || isVerified === 'true') return true;
  return isVerified === undefined && isTrusted;
}

function holds(claim: unknown, value: string): boolean {
  if (Array.isArray(claim)) return claim.some((item) => isWritten(item, value));
  return isWritten(claim, value);
}

/** Numbers and flags are configured as text. */
function isWritten(claim: unknown, value: string): boolean {
  if (typeof claim === 'string') return claim === value;
  return (typeof claim === 'number' || typeof claim === 'boolean') && String(claim) === value;
}
