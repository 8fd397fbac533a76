import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { type ChannelOptions, ChannelCredentials } from '@grpc/grpc-js';
import { ProvenderError } from '../../content/provender-error.ts';

/** PEM of what a store trusts and shows; the names of a member's certificate are checked always. */
export interface EtcdTls {
  readonly ca: string | Uint8Array;
  /** Own certificate, with `key`. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
}

/** Security of the channel to one host, and the options that go with it. */
export interface ChannelSecurity {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/**
 * Security of the channel to a host.
 * @throws ProvenderError `PROVENDER_CONFIG` for a certificate without its key, and for PEM that OpenSSL does not take
 */
export function channelSecurity(host: string, tls: EtcdTls | undefined): ChannelSecurity {
  if (tls === undefined) return { credentials: ChannelCredentials.createInsecure(), options: {} };
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      'TLS of etcd: a certificate and its key are given together or not at all',
    );
  const check = (_: string, certificate: PeerCertificate): Error | undefined =>
    checkServerIdentity(host, certificate);
  try {
    const credentials = ChannelCredentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert), {
      checkServerIdentity: check,
    });
    // an IP address is no server name (RFC 6066, section 3); what is checked above is the address all the same
    return { credentials, options: isIP(host) === 0 ? {} : { 'grpc.ssl_target_name_override': 'localhost' } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProvenderError('PROVENDER_CONFIG', `TLS of etcd: ${why}`, { cause: error });
  }
}

function pem(value: string | Uint8Array | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value);
}
