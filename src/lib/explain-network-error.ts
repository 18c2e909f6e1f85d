/** What a failed connection means, in words for whoever has to put it right. */
export interface NetworkExplanation {
  /** One sentence without its period, naming the place and the system's own code. */
  readonly text: string;
  /** Whether waiting cannot help: a wrong certificate stays wrong. */
  readonly needsOperator: boolean;
  /** The system's own, when it is a known one. */
  readonly code?: string;
}

/** By the codes of the operating system, of name resolution, and of OpenSSL's verification. */
const explanations: Readonly<Record<string, readonly [words: string, needsOperator: boolean]>> = {
  ENOTFOUND: ['this host name is not known to DNS; check its spelling', false],
  EAI_AGAIN: ['the name could not be resolved: the DNS server does not answer', false],
  ECONNREFUSED: ['nothing listens on this port; check the port, and that the receiver runs', false],
  ECONNRESET: ['the receiver broke the connection off', false],
  EPIPE: ['the receiver closed the connection', false],
  EHOSTUNREACH: ['there is no route to this host; check network and firewall', false],
  ENETUNREACH: ['there is no route to this network; check network and firewall', false],
  EADDRNOTAVAIL: ['this machine has no address to connect from', false],
  ETIMEDOUT: ['no answer; a firewall may swallow the packets', false],
  UND_ERR_CONNECT_TIMEOUT: ['no connection in time; a firewall may swallow the packets', false],
  UND_ERR_SOCKET: ['the receiver closed the connection', false],
  CERT_HAS_EXPIRED: ["the receiver's certificate has expired", true],
  CERT_NOT_YET_VALID: ["the receiver's certificate is not valid yet; check both clocks", true],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "the receiver's certificate is signed by itself; name it as the certification authority",
    true,
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "the receiver's certificate comes from an authority that is not trusted; name that authority",
    true,
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "the receiver's certificate comes from an authority that is not known; name that authority",
    true,
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "the receiver's certificate comes from an authority that is not known; name that authority",
    true,
  ],
  UNABLE_TO_GET_ISSUER_CERT: ["the receiver's chain of certificates is not complete", true],
  CERT_REVOKED: ["the receiver's certificate has been revoked", true],
  CERT_SIGNATURE_FAILURE: ["the signature of the receiver's certificate is wrong", true],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "the receiver's certificate is for another host name; check the address or set the server name",
    true,
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: ['the receiver does not speak TLS on this port', true],
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: ['no TLS version that both sides accept', true],
  ERR_SSL_UNSUPPORTED_PROTOCOL: ['no TLS version that both sides accept', true],
  ERR_SSL_NO_SHARED_CIPHER: ['no TLS cipher that both sides accept', true],
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: ['the receiver refused the TLS handshake', true],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: ['the receiver demands a client certificate', true],
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: [
    'the receiver does not know the authority of the client certificate',
    true,
  ],
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: ['the receiver refused the client certificate', true],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: ['the receiver refused the client certificate', true],
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: ['the client certificate does not belong to its key', true],
};

/**
 * Explains what connecting to `place` (`siem.example.com:6514`) or talking to it failed with, or
 * what that was caused by. The error's own words where there is no better.
 */
export function explainNetworkError(error: unknown, place: string): NetworkExplanation {
  const code = networkCode(error);
  const known = code === undefined ? undefined : explanations[code];
  if (code !== undefined && known) {
    return { text: `${place}: ${known[0]} (${code})`, needsOperator: known[1], code };
  }
  const words = error instanceof Error ? error.message : String(error);
  return { text: `${place}: ${words.replaceAll(/\s+/g, ' ')}`, needsOperator: false };
}

/** The first code that is known, down the causes and into the attempts of an `AggregateError`. */
function networkCode(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 5) return undefined;
  if (
    'code' in error &&
    typeof error.code === 'string' &&
    Object.hasOwn(explanations, error.code)
  ) {
    return error.code;
  }
  const inner: readonly unknown[] = error instanceof AggregateError ? error.errors : [error.cause];
  for (const cause of inner) {
    const code = networkCode(cause, depth + 1);
    if (code !== undefined) return code;
  }
  return undefined;
}
