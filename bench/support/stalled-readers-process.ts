import { ChannelCredentials, Client, type ClientReadableStream } from '@grpc/grpc-js';
import { parseObjectId } from '../../src/content/object-id.ts';
import type { GetFileResponse } from '../../src/generated/provender/v1/file_service.ts';
import { FILE_METHODS } from '../../src/rpc/methods.ts';
import { serveCommands } from '../framework/commands.ts';

const WINDOW = 2 ** 20;
const REOPEN_MS = 100;

/** A connection with one reader that asks for a whole file and never reads; it asks again when the node has cut it off. */
class StalledReader {
  readonly #client: Client;
  readonly #id: Buffer;
  #call: ClientReadableStream<GetFileResponse> | undefined;
  #timer: NodeJS.Timeout | undefined;
  opened = 0;

  constructor(address: string, id: Buffer) {
    this.#id = id;
    this.#client = new Client(address, ChannelCredentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc-node.flow_control_window': WINDOW,
    });
    this.#open();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#call?.removeAllListeners();
    this.#call?.on('error', () => undefined); // its cancellation
    this.#call?.cancel();
    this.#client.close();
  }

  #open(): void {
    this.opened += 1;
    const { path, requestSerialize, responseDeserialize } = FILE_METHODS.getFile;
    const request = { objectId: this.#id, offset: 0n, length: undefined, heldHere: false };
    this.#call = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    this.#call.once('error', () => {
      this.#timer = setTimeout(() => this.#open(), REOPEN_MS);
    });
  }
}

let readers: readonly StalledReader[] = [];

const commands = {
  start: async ({
    address,
    fileId,
    connections,
  }: {
    address: string;
    fileId: string;
    connections: number;
  }) => {
    const id = Buffer.from(parseObjectId(fileId));
    readers = Array.from({ length: connections }, () => new StalledReader(address, id));
  },
  /** Ends all; how many calls were opened in sum. */
  stop: async () => {
    for (const reader of readers) reader.stop();
    return readers.reduce((sum, { opened }) => sum + opened, 0);
  },
};

/** What this process can do. */
export type StalledReadersCommands = typeof commands;

serveCommands(commands);
