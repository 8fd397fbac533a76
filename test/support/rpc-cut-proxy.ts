import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP relay that breaks each connection after a number of bytes from the server. */
export interface CutProxy extends AsyncDisposable {
  readonly address: string;
  /** For connections made from now on; infinite at first. */
  cutAfter: number;
}

export async function openCutProxy(target: string): Promise<CutProxy> {
  const colon = target.lastIndexOf(':');
  const sockets = new Set<Socket>();
  const proxy = { cutAfter: Number.POSITIVE_INFINITY };
  const server = createServer((near) => {
    const far = connect(Number(target.slice(colon + 1)), target.slice(0, colon));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    let left = proxy.cutAfter;
    near.pipe(far);
    far.on('data', (bytes) => {
      near.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) near.end(() => near.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return Object.assign(proxy, {
    address: `127.0.0.1:${bound.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
}
