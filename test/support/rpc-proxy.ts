import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** A request of JSON-RPC. */
interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** An endpoint in front of a real chain. */
export interface RpcProxy extends AsyncDisposable {
  readonly url: string;
  /** Methods that were asked, in order. */
  readonly asked: string[];
  /** Answers in the place of the chain, where it gives one: members of a JSON-RPC answer, or a whole body. `hang` never answers. */
  answer: (request: RpcRequest) => object | string | undefined;
}

/** Starts one that hands everything on to the chain until `answer` is set. */
export async function startRpcProxy(chainUrl: string, path = ''): Promise<RpcProxy> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void reply(request).then((body) => {
      if (body === undefined) return;
      response.setHeader('content-type', 'application/json');
      response.end(body);
    });
  });
  const reply = async (incoming: IncomingMessage): Promise<string | undefined> => {
    const body = await read(incoming);
    const request: RpcRequest = JSON.parse(body);
    asked.push(request.method);
    const own = proxy.answer(request);
    if (own === 'hang') return undefined;
    if (typeof own === 'string') return own;
    if (own !== undefined) return JSON.stringify({ jsonrpc: '2.0', id: request.id, ...own });
    const headers = { 'content-type': 'application/json' };
    return await (await fetch(chainUrl, { method: 'POST', headers, body })).text();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${port}${path}`,
    asked,
    answer: () => undefined,
    [Symbol.asyncDispose]: close,
  };
  return proxy;
}

async function read(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}
