import { once } from 'node:events';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { createServer } from 'node:net';

/** An HTTP/2 server that takes requests, writes down their bytes and never answers. */
export interface RecordingServer extends AsyncDisposable {
  readonly port: number;
  /** Bytes of all requests so far, as text. */
  seen(): string;
  /** Cuts all connections, and takes none until it is told to. */
  cut(): void;
  /** Takes connections again. */
  admit(): void;
}

/** Starts one on a free port of loopback. @param onRequest - called when a request begins */
export async function startRecordingServer(
  onRequest: () => void = () => undefined,
): Promise<RecordingServer> {
  const parts: Buffer[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server = createHttp2Server();
  let isOpen = true;
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('stream', (stream) => {
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('error', () => undefined);
    onRequest();
  });
  const front = createServer((socket) => {
    socket.on('error', () => undefined);
    if (isOpen) server.emit('connection', socket);
    else socket.destroy();
  });
  const cut = (): void => {
    isOpen = false;
    for (const session of sessions) session.destroy();
  };
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const address = front.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    seen: () => Buffer.concat(parts).toString('latin1'),
    cut,
    admit: () => {
      isOpen = true;
    },
    async [Symbol.asyncDispose]() {
      cut();
      front.close();
      await once(front, 'close');
    },
  };
}
