import type { Socket } from 'node:net';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { boundAddress, checkPlainText, type ListenAddress, listen } from './listener.ts';
import type { IdentityFiles } from './tls/identity-files.ts';
import { listenSecure } from './tls/secure-listener.ts';
import { ServerIdentity } from './tls/server-identity.ts';

/** TLS of a server. */
export interface ServerTls extends IdentityFiles {
  /** Refuses clients without a certificate of the client CAs; default false. */
  readonly requireClientCert?: boolean;
  /** Milliseconds between two looks at the files; default 5 s. */
  readonly checkEveryMs?: number;
}

/** Where connections come from, and which. */
export interface ConnectionSourceOptions {
  readonly listen: ListenAddress;
  /** Plain text when absent. */
  readonly tls?: ServerTls;
  readonly maxConnections: number;
  readonly handshakeMs: number;
  readonly telemetry: Telemetry;
}

/** A listener, plain or secure, behind one face. */
export interface ConnectionSource {
  /** `host:port` as bound. */
  readonly address: string;
  /** Takes no more connections. */
  stop(): void;
  /** Cuts what nobody else knows: connections in the middle of their handshake. */
  cut(): void;
}

/**
 * Listens and hands over connections that are ready for HTTP/2.
 * @throws ProvenderError `PROVENDER_CONFIG` for plain text beyond loopback, an address that cannot be listened on, certificates that are no good
 */
export async function openConnectionSource(
  options: ConnectionSourceOptions,
  onConnection: (socket: Socket) => void,
): Promise<ConnectionSource> {
  const { listen: where, tls, maxConnections } = options;
  if (tls !== undefined) return openSecure(options, tls, onConnection);
  checkPlainText(where);
  const server = await listen(where, maxConnections, onConnection);
  return { address: boundAddress(server), stop: () => server.close(), cut: () => undefined };
}

async function openSecure(
  options: ConnectionSourceOptions,
  tls: ServerTls,
  onConnection: (socket: Socket) => void,
): Promise<ConnectionSource> {
  const { listen: where, telemetry } = options;
  const { requireClientCert = false, checkEveryMs } = tls;
  const identity = await ServerIdentity.open({
    files: tls,
    telemetry,
    ...(checkEveryMs === undefined ? {} : { checkEveryMs }),
  });
  try {
    const listener = await listenSecure(where, { ...options, identity, requireClientCert }, onConnection);
    const stop = (): void => {
      identity.close();
      listener.server.close();
    };
    return { address: boundAddress(listener.server), stop, cut: () => listener.destroyConnections() };
  } catch (error) {
    identity.close();
    throw error;
  }
}
