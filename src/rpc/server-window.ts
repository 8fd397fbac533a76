import { createRequire } from 'node:module';
import http2 from 'node:http2';
import type { ConnectionInjector, Server, ServerCredentials } from '@grpc/grpc-js';
import { ProvenderError } from '../content/provender-error.ts';

/** Bytes that a peer may send before it is read, for each stream. @see spec/grpc.md, section 3 */
export const STREAM_WINDOW = 4 * 1024 * 1024;
/** The same for all streams of a connection. */
export const CONNECTION_WINDOW = 8 * 1024 * 1024;

/** The minor version of grpc-js whose server this file and `stalled-stream.ts` were read against. */
const KNOWN_GRPC = '1.14.';

/**
 * Refuses a grpc-js that nobody has compared with what these files rely on.
 * @throws ProvenderError `PROVENDER_CONFIG` naming both versions
 */
export function checkGrpcVersion(): void {
  // JSON of a package that is installed beside this one, read by Node itself
  const { version } = createRequire(import.meta.url)('@grpc/grpc-js/package.json') as { version: string };
  if (version.startsWith(KNOWN_GRPC)) return;
  throw new ProvenderError(
    'PROVENDER_CONFIG',
    `@grpc/grpc-js is ${version}, the windows of the server are known to work with ${KNOWN_GRPC}x: install that one`,
    { details: { version, known: KNOWN_GRPC } },
  );
}

/**
 * Makes the part of a gRPC server that takes connections, with larger windows than HTTP/2's 64 KiB. grpc-js's server ignores
 * `grpc-node.flow_control_window` (grpc/grpc-node#3058, #2971), so `http2.createServer` is replaced while grpc-js calls it: that happens inside
 * one synchronous call, so nothing else can meet the replacement.
 */
export function createInjectorWithWindows(
  server: Server,
  credentials: ServerCredentials,
): ConnectionInjector {
  const original = http2.createServer;
  let isUsed = false;
  const replacement = (options: http2.ServerOptions): http2.Http2Server => {
    isUsed = true;
    const settings = { ...options.settings, initialWindowSize: STREAM_WINDOW };
    const made = original({ ...options, settings });
    made.on('session', (session) => session.setLocalWindowSize(CONNECTION_WINDOW));
    return made;
  };
  try {
    // the overloads of createServer are more than grpc-js uses: it passes options and nothing else
    http2.createServer = replacement as typeof http2.createServer;
    const injector = server.createConnectionInjector(credentials);
    if (!isUsed) throw new ProvenderError('PROVENDER_CONFIG', 'grpc-js made its server in an unknown way');
    return injector;
  } finally {
    http2.createServer = original;
  }
}
