import { createServer, type Server, type Socket } from 'node:net';
import { ProvenderError } from '../content/provender-error.ts';
import { isLoopback } from './peer.ts';

/** Where a server listens. */
export interface ListenAddress {
  /** Name or address of this machine; `0.0.0.0` or `::` for all. */
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Allows plain text beyond loopback; says nothing where TLS is on. */
  readonly insecure?: boolean;
}

/** Refuses to speak plain text to other machines unless told so. @throws ProvenderError `PROVENDER_CONFIG` */
export function checkPlainText({ host, insecure }: ListenAddress): void {
  if (insecure === true || host === 'localhost' || isLoopback(host)) return;
  throw new ProvenderError(
    'PROVENDER_CONFIG',
    `gRPC on ${host} would be plain text for everybody on the way: give a certificate (tlsCert, tlsKey), listen on 127.0.0.1, or allow insecure`,
    { details: { host } },
  );
}

/**
 * Listens and hands over connections, at most `maxConnections` at once; further ones are closed.
 * @throws ProvenderError `PROVENDER_CONFIG` for a port in use, an address that is not this machine's, a port without permission
 */
export async function listen(
  address: ListenAddress,
  maxConnections: number,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer({ noDelay: true }, onConnection);
  await startListening(server, address, maxConnections);
  return server;
}

/** The part of `listen` that does not mind what becomes of a connection. @throws ProvenderError as `listen` does */
export async function startListening(
  server: Server,
  address: ListenAddress,
  maxConnections: number,
): Promise<void> {
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, address)));
    server.listen({ host: address.host, port: address.port }, resolve);
  });
}

/** The bound address as `host:port`, IPv6 in brackets. */
export function boundAddress(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not a TCP listener');
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return `${host}:${bound.port}`;
}

function explain(error: NodeJS.ErrnoException, { host, port }: ListenAddress): ProvenderError {
  const cures: Record<string, string> = {
    EADDRINUSE: 'another process has it: end that one, or choose another port',
    EADDRNOTAVAIL: 'this machine has no such address: choose one of its own',
    ENOTFOUND: 'no such host name: choose an address of this machine',
    EACCES: 'ports below 1024 need rights: choose another port',
  };
  const cure = cures[error.code ?? ''] ?? error.message;
  return new ProvenderError('PROVENDER_CONFIG', `cannot listen on ${host} port ${port}: ${cure}`, {
    details: { host, port, reason: error.code ?? 'unknown' },
    cause: error,
  });
}
