import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { Identity } from './identity-files.ts';

/**
 * HTTP/2 allows these of TLS 1.2 and no others; TLS 1.3 has only good ones.
 * @see RFC 9113, section 9.2.2 and appendix A
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  // certificates of clients with at least 112 bits of security: RSA from 2048, no SHA-1
  '@SECLEVEL=2',
].join(':');

/** What a `tls.Server` is made of, and remade of when the certificate changes. */
export function serverContext({ cert, key, authorities }: Identity): SecureContextOptions {
  return {
    cert,
    key,
    ...(authorities === undefined ? {} : { ca: authorities.ca }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    // no renegotiation: RFC 9113, section 9.2.1; no tickets: each connection is verified by the CAs of now
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  };
}
