import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { type ListenAddress, startListening } from '../listener.ts';
import type { ServerIdentity } from './server-identity.ts';

/** How connections are secured. */
export interface SecureListenOptions {
  readonly identity: ServerIdentity;
  /** Clients need a certificate that the client CAs have signed; else one that is shown has to be theirs. */
  readonly requireClientCert: boolean;
  readonly maxConnections: number;
  /** Milliseconds from the TCP connection to the end of the TLS handshake. */
  readonly handshakeMs: number;
  readonly telemetry: Telemetry;
}

/** A listener with all its connections, those in the middle of their handshake included. */
export interface SecureListener {
  readonly server: Server;
  /** Cuts every connection. */
  destroyConnections(): void;
}

/**
 * Listens, makes TLS 1.2 or 1.3 with ALPN `h2`, and hands over connections whose handshake is good. Every connection counts from its first
 * packet on, so that handshakes that never end take no more than `maxConnections`, each for `handshakeMs`.
 *
 * @throws ProvenderError `PROVENDER_CONFIG` as `listen` does
 */
export async function listenSecure(
  address: ListenAddress,
  options: SecureListenOptions,
  onConnection: (socket: TLSSocket) => void,
): Promise<SecureListener> {
  const { identity, requireClientCert, maxConnections, handshakeMs } = options;
  const { ca } = identity.context;
  const server = createServer({
    ...identity.context,
    noDelay: true,
    ALPNProtocols: ['h2'],
    handshakeTimeout: handshakeMs,
    requestCert: ca !== undefined,
    rejectUnauthorized: requireClientCert,
  });
  const open = trackConnections(server);
  const failed = failureReport(options.telemetry);
  // Node reports a failed handshake, a late one too, and leaves the connection open
  server.on('tlsClientError', (error, socket) => {
    failed(socket, socket.authorizationError ?? error);
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    // whoever uses the connection learns of its end by itself
    socket.on('error', () => undefined);
    const problem = problemOf(socket);
    if (problem === undefined) {
      onConnection(socket);
    } else {
      failed(socket, problem);
      socket.destroy();
    }
  });
  identity.onChange((context) => server.setSecureContext(context));
  await startListening(server, address, maxConnections);
  return {
    server,
    destroyConnections: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

/** What keeps a connection with a finished handshake from being used. */
function problemOf(socket: TLSSocket): Error | undefined {
  if (socket.alpnProtocol !== 'h2') return new Error('the client does not speak h2');
  const isShown = socket.getPeerX509Certificate() !== undefined;
  if (!isShown || socket.authorized) return undefined;
  return socket.authorizationError;
}

function trackConnections(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}

function failureReport({ log, metrics }: Telemetry): (socket: TLSSocket, problem: unknown) => void {
  return (socket, problem) => {
    metrics.handshakeFailed();
    const isError = problem instanceof Error;
    const code = isError && 'code' in problem ? { code: problem.code } : {};
    const reason = isError ? problem.message.trim() : String(problem);
    log.debug(
      { event: 'handshake-failed', peer: socket.remoteAddress, reason, ...code },
      'no TLS connection',
    );
  };
}
