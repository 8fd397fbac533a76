import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';
import { ProvenderError } from '../../content/provender-error.ts';
import { peerAddress } from '../peer.ts';
import { HandshakeError } from './tls-failure.ts';

/** TLS of a client. */
export interface ClientTls {
  /** PEM of the CAs that may have signed the node's certificate; those that Node.js knows when absent. */
  readonly ca?: string | Uint8Array;
  /** PEM of an own certificate, intermediates behind it; with `key`. */
  readonly cert?: string | Uint8Array;
  /** PEM of its key, without passphrase. */
  readonly key?: string | Uint8Array;
  /** Name that the node's certificate must have; the host of the address when absent. */
  readonly serverName?: string;
}

type Connector = experimental.SecureConnector;

/**
 * TLS for a channel to one address. grpc-js has credentials of its own, which send an IP address as server name (RFC 6066 forbids it, Node warns
 * on standard error) and lose the code of what went wrong; these do neither.
 */
export class TlsCredentials extends ChannelCredentials {
  readonly #context: SecureContext;
  readonly #host: string;

  /**
   * @param address - `host:port`
   * @throws ProvenderError `PROVENDER_CONFIG` for a certificate without its key, and for PEM that OpenSSL does not take
   */
  constructor(address: string, tls: ClientTls) {
    super();
    this.#host = tls.serverName ?? hostOf(address);
    this.#context = contextOf(tls);
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(_target: unknown, _options: unknown, calls?: CallCredentials): Connector {
    return {
      connect: async (socket) => ({ socket: await this.#handshake(socket), secure: true }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => calls ?? CallCredentials.createEmpty(),
      destroy: () => undefined,
    };
  }

  async #handshake(socket: Socket): Promise<TLSSocket> {
    const secured = connect({
      socket,
      secureContext: this.#context,
      ALPNProtocols: ['h2'],
      host: this.#host,
      ...(isIP(this.#host) === 0 ? { servername: this.#host } : {}),
    });
    try {
      await once(secured, 'secureConnect');
    } catch (error) {
      throw new HandshakeError(error);
    }
    // from here on grpc-js hears of errors, but for a turn in between
    secured.on('error', () => undefined);
    if (secured.alpnProtocol === 'h2') return secured;
    secured.destroy();
    throw new HandshakeError(new Error('no HTTP/2 there'));
  }
}

function hostOf(address: string): string {
  const host = peerAddress(address);
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function contextOf({ ca, cert, key }: ClientTls): SecureContext {
  if ((cert === undefined) !== (key === undefined))
    throw new ProvenderError('PROVENDER_CONFIG', 'tls: a certificate and its key are given together');
  const asBuffer = (pem: string | Uint8Array): Buffer =>
    typeof pem === 'string' ? Buffer.from(pem) : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca: asBuffer(ca) }),
      ...(cert === undefined ? {} : { cert: asBuffer(cert) }),
      ...(key === undefined ? {} : { key: asBuffer(key) }),
    });
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new ProvenderError('PROVENDER_CONFIG', `tls: ca, cert or key is no good (${words})`, {
      cause: error,
    });
  }
}
