import { once } from 'node:events';
import { ChannelCredentials, Client } from '@grpc/grpc-js';
import { serveCommands } from '../framework/commands.ts';
import {
  BARE_SERVICE,
  decodeCount,
  ECHO_SIZE,
  encodeCount,
  MESSAGE_SIZE,
  streamMessages,
} from './bare-service.ts';
import { eachInFlight, timed } from './each.ts';

/** As the client library opens them to a node that it loads. @see spec/grpc.md, section 3 */
const CHANNELS = 4;
const WINDOW = 2 ** 20;
const { echo, upload, download } = BARE_SERVICE;
const message = streamMessages();

let clients: readonly Client[] = [];

function clientOf(index: number): Client {
  const client = clients[index % clients.length];
  if (client === undefined) throw new Error('connect first');
  return client;
}

async function connect({ address }: { address: string }): Promise<void> {
  clients = Array.from(
    { length: CHANNELS },
    () =>
      new Client(address, ChannelCredentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
        'grpc-node.flow_control_window': WINDOW,
      }),
  );
  await Promise.all(
    clients.map(
      (client) =>
        new Promise<void>((resolve, reject) => {
          client.waitForReady(Date.now() + 10_000, (error) =>
            error === undefined ? resolve() : reject(error),
          );
        }),
    ),
  );
}

function echoOnce(client: Client, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      echo.path,
      echo.requestSerialize,
      echo.responseDeserialize,
      message,
      (error, answer) => {
        if (error !== null || answer === undefined) reject(error ?? new Error('no answer'));
        else resolve(answer);
      },
    );
  });
}

async function uploadOnce(client: Client, messages: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = upload;
    const call = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      (error, answer) => {
        const received = answer === undefined ? 0 : decodeCount(answer);
        if (error === null && received === messages * MESSAGE_SIZE) resolve();
        else reject(error ?? new Error(`${received} bytes arrived`));
      },
    );
    const send = async (): Promise<void> => {
      for (let i = 0; i < messages; i++) if (!call.write(message(i))) await once(call, 'drain');
      call.end();
    };
    send().catch(reject);
  });
}

async function downloadOnce(client: Client, messages: number): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = download;
  const call = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    encodeCount(messages),
  );
  let received = 0;
  call.on('data', (message: Buffer) => {
    received += message.length;
  });
  await once(call, 'end');
  if (received !== messages * MESSAGE_SIZE) throw new Error(`${received} bytes arrived`);
}

/** How much a stream measurement carries: `streams` at a time, one channel each in turn. */
interface Streams {
  readonly streams: number;
  readonly bytesEach: number;
}

function overStreams(
  { streams, bytesEach }: Streams,
  once_: (client: Client, messages: number) => Promise<void>,
) {
  const messages = Math.ceil(bytesEach / MESSAGE_SIZE);
  return timed(() => Promise.all(Array.from({ length: streams }, (_, i) => once_(clientOf(i), messages))));
}

const commands = {
  connect,
  /** Echoes of 4 KiB, ms for all. */
  echo: async ({ calls, inFlight }: { calls: number; inFlight: number }) => {
    const chunk = Buffer.alloc(ECHO_SIZE, 7);
    return timed(() => eachInFlight(calls, inFlight, (i) => echoOnce(clientOf(i), chunk)));
  },
  /** Client streams, ms for all. */
  upload: async (size: Streams) => overStreams(size, uploadOnce),
  /** Server streams, ms for all. */
  download: async (size: Streams) => overStreams(size, downloadOnce),
};

/** What this process can do. */
export type BareClientCommands = typeof commands;

serveCommands(commands);
