import { ProvenderError } from '../../content/provender-error.ts';

/** Between the code and the words of a failed handshake, in a text that passes through grpc-js. */
const MARK = /TLS handshake \((\w+)\): (.*?)(?:\. Resolution note|$)/s;

/** A TLS handshake that failed. grpc-js passes on nothing but its text, so the code stands in it. */
export class HandshakeError extends Error {
  constructor(cause: unknown) {
    const isError = cause instanceof Error;
    const code = isError && 'code' in cause ? String(cause.code) : 'unknown';
    super(`TLS handshake (${code}): ${isError ? cause.message.trim() : String(cause)}`, { cause });
    this.name = 'HandshakeError';
  }
}

const UNTRUSTED = 'give the CA that signed it (--tls-ca, tls.ca)';
/** What to do about what OpenSSL and Node.js find wrong, by their codes. */
const CURES: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['CERT_SIGNATURE_FAILURE', UNTRUSTED],
  ['INVALID_CA', UNTRUSTED],
  ['CERT_HAS_EXPIRED', "renew the node's certificate, or its CA, and check the clocks"],
  ['CERT_NOT_YET_VALID', 'check the clocks of both machines'],
  ['INVALID_PURPOSE', 'give the node a certificate for servers (serverAuth)'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'call the node by a name that its certificate has, or give that name (--tls-server-name, tls.serverName)',
  ],
]);
/** What OpenSSL says about an answer that is no TLS. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
]);
/** Alerts with which a node refuses the certificate of its client, or the lack of one. */
const REFUSED =
  /alert (certificate required|unknown ca|bad certificate|certificate expired|handshake failure)/;

/** How a channel was to be secured. */
export interface ChannelKind {
  readonly address: string;
  readonly isTls: boolean;
}

/**
 * Finds what is wrong between the settings of both ends of a connection.
 * @param text - what grpc-js says about a connection that was not made
 * @returns undefined when it is something else, such as nobody at the address
 */
export function tlsMisfit(text: string, { address, isTls }: ChannelKind): ProvenderError | undefined {
  const wrong = (reason: string): ProvenderError =>
    new ProvenderError('PROVENDER_CONFIG', `TLS to the node at ${address}: ${reason}`, {
      details: { address },
    });
  if (!isTls) return undefined;
  if (REFUSED.test(text))
    return wrong(
      'it refuses our certificate, or our having none: give one that its client CA has signed (--tls-client-cert, --tls-client-key)',
    );
  const [, code = '', words = ''] = MARK.exec(text) ?? [];
  if (NO_TLS.has(code)) return wrong('it answers in plain text: call it without a CA (--tls-ca, tls)');
  const cure = CURES.get(code);
  return cure === undefined ? undefined : wrong(`its certificate is no good (${words.trim()}): ${cure}`);
}

/** What else may be the reason that an open port makes no connection. */
export function openPortHint(text: string, { isTls }: ChannelKind): string {
  // words of grpc-js for a TCP connection, or a TLS one, that ended before HTTP/2 began
  if (!text.includes('Failed to connect') && !text.includes('disconnected before secure TLS')) return '';
  return isTls
    ? '; it may refuse the certificate of this client, or have all its connections taken'
    : '; it may speak TLS (give its CA: --tls-ca, tls), or have all its connections taken';
}
