import { once } from 'node:events';
import { createServer } from 'node:net';
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { createInjectorWithWindows } from '../../src/rpc/server-window.ts';
import { serveCommands } from '../framework/commands.ts';
import { BARE_SERVICE, decodeCount, encodeCount, streamMessages } from './bare-service.ts';

const message = streamMessages();

function echo(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
  answer(null, call.request);
}

function upload(call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
  let bytes = 0;
  call.on('data', (message: Buffer) => {
    bytes += message.length;
  });
  call.once('end', () => answer(null, encodeCount(bytes)));
}

async function sendAll(call: ServerWritableStream<Buffer, Buffer>): Promise<void> {
  const count = decodeCount(call.request);
  for (let i = 0; i < count; i++) if (!call.write(message(i))) await once(call, 'drain');
  call.end();
}

function download(call: ServerWritableStream<Buffer, Buffer>): void {
  sendAll(call).catch((error: Error) => call.destroy(error));
}

/** Takes connections with the windows of the node's server, so that both sides of a ratio have the same ones. */
async function listen(): Promise<string> {
  const server = new Server();
  server.addService(BARE_SERVICE, { echo, upload, download });
  const injector = createInjectorWithWindows(server, ServerCredentials.createInsecure());
  const listener = createServer((socket) => injector.injectConnection(socket));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return `127.0.0.1:${bound.port}`;
}

const commands = {
  /** Starts the server on a free port of loopback; its address. */
  listen,
};

/** What this process can do. */
export type BareServerCommands = typeof commands;

serveCommands(commands);
