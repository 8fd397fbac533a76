import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { OBJECT_KIND, type ObjectId, objectId, objectIdHex } from '../../src/content/object-id.ts';
import { letHeapGrow } from '../../src/node/heap-growth.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import type { ShareItem } from '../../src/shares/shares.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { eachInFlight, timed } from './each.ts';
import { provingCommands } from './proving.ts';

const PIECE = 256 * 1024;
/** Chunks of one GetShares. @see spec/grpc.md, section 2 */
const BATCH = 64;

/** What a client holds to send: the same bytes as chunks and as files. */
interface Load {
  readonly seed: number;
  readonly chunks: number;
  /** Files, and collections, that the bytes are cut into; all of them run at the same time. */
  readonly streams: number;
  /** Whether the client hashes its files before the round, and tells their ids with the first message. */
  readonly declares?: boolean;
}

/** Whether the client compares what it gets with its id; the node always has. */
interface Check {
  readonly verify: boolean;
}

/** What it sent, as the node names it. */
interface Sent {
  readonly chunks: ObjectId[];
  readonly collections: ObjectId[];
  readonly files: ObjectId[];
}

let client: ProvenderClient | undefined;
let load: Load = { seed: 0, chunks: 0, streams: 1 };
let bytes: Uint8Array = new Uint8Array();
let sent: Sent = { chunks: [], collections: [], files: [] };
/** Ids of the files, where they are declared. */
let declared: readonly ObjectId[] = [];

function node(): ProvenderClient {
  if (client === undefined) throw new Error('connect first');
  return client;
}

function known<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new Error(`object ${index} was not set`);
  return value;
}

function chunkAt(index: number): Uint8Array {
  return bytes.subarray(index * BLOCK_SIZE, (index + 1) * BLOCK_SIZE);
}

/** Chunks of stream `stream`: an equal share, whole batches not needed. */
function shareOf(stream: number): { first: number; end: number } {
  const size = Math.ceil(load.chunks / load.streams);
  return { first: stream * size, end: Math.min(load.chunks, (stream + 1) * size) };
}

function fileBytes(stream: number): Uint8Array {
  const { first, end } = shareOf(stream);
  return bytes.subarray(first * BLOCK_SIZE, end * BLOCK_SIZE);
}

async function* piecesOf(file: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < file.length; at += PIECE) yield file.subarray(at, at + PIECE);
}

/** Runs `work` for each stream at the same time; ms for all. */
function overStreams(work: (stream: number) => Promise<void>): Promise<number> {
  return timed(() => Promise.all(Array.from({ length: load.streams }, (_, stream) => work(stream))));
}

function dataOf(item: ShareItem): Uint8Array {
  if ('error' in item) throw item.error;
  return item.bytes;
}

async function setCollection(stream: number): Promise<void> {
  const { first, end } = shareOf(stream);
  const chunks = Array.from({ length: end - first }, (_, i) => chunkAt(first + i));
  const { stat } = await node().setShares(chunks);
  sent.collections[stream] = stat.id;
}

async function readCollection(stream: number, check: Check): Promise<void> {
  const { first, end } = shareOf(stream);
  let count = 0;
  const selection = { collection: known(sent.collections, stream), first: 0 };
  for await (const items of node().readShares(selection, check)) {
    for (const item of items) count += dataOf(item).length === BLOCK_SIZE ? 1 : 0;
  }
  if (count !== end - first) throw new Error(`${count} of ${end - first} chunks came back`);
}

function fileId(stream: number): ObjectId {
  const file = fileBytes(stream);
  const { dataRoot } = new TreeBuilder().update(file).finish();
  return objectId({ kind: OBJECT_KIND.file, sizeBytes: file.length, count: 1, dataRoot });
}

async function setFile(stream: number): Promise<void> {
  const file = fileBytes(stream);
  const id = declared[stream];
  const declaration = { sizeBytes: file.length, ...(id !== undefined && { id }) };
  const { stat } = await node().setFile(declaration, piecesOf(file));
  sent.files[stream] = stat.id;
}

async function getFile(stream: number, check: Check): Promise<void> {
  const { data } = await node().getFile(known(sent.files, stream), {}, check);
  let length = 0;
  for await (const piece of data) length += piece.length;
  if (length !== fileBytes(stream).length)
    throw new Error(`${length} of ${fileBytes(stream).length} bytes came back`);
}

/** Compares a file with what was sent, byte for byte; not measured. */
async function checkFile(stream: number): Promise<void> {
  const { data } = await node().getFile(known(sent.files, stream), {});
  let at = 0;
  for await (const piece of data) {
    if (Buffer.compare(piece, fileBytes(stream).subarray(at, at + piece.length)) !== 0)
      throw new Error(`file ${stream} differs behind byte ${at}`);
    at += piece.length;
  }
  if (at !== fileBytes(stream).length) throw new Error(`file ${stream} ends at byte ${at}`);
}

async function checkChunk(index: number): Promise<void> {
  const chunk = await node().getShare(known(sent.chunks, index));
  if (Buffer.compare(chunk, chunkAt(index)) !== 0) throw new Error(`chunk ${index} differs`);
}

const commands = {
  ...provingCommands({ node, ids: (kind) => sent[kind] }),
  connect: async ({ address }: { address: string }) => {
    client = await ProvenderClient.open({ address });
  },
  disconnect: async () => node().close(),
  /** Makes the bytes of the next round; none of them were sent before under another seed. */
  prepare: async (next: Load) => {
    load = next;
    bytes = content(next.seed, next.chunks * BLOCK_SIZE);
    sent = { chunks: [], collections: [], files: [] };
    declared = next.declares === true ? Array.from({ length: next.streams }, (_, i) => fileId(i)) : [];
  },
  /** Reads back what was set and compares it, byte for byte. */
  check: async () => {
    await eachInFlight(sent.chunks.length, BATCH, checkChunk);
    await eachInFlight(sent.files.length, 1, checkFile);
  },
  /** Sets the first `count` chunks one by one. */
  setEach: async ({ inFlight, count }: { inFlight: number; count: number }) =>
    timed(() =>
      eachInFlight(count, inFlight, async (i) => {
        sent.chunks[i] = (await node().setShare(chunkAt(i))).stat.id;
      }),
    ),
  /** GetShare, `calls` times over the chunks that were set one by one. */
  getEach: async ({ inFlight, calls, verify }: { inFlight: number; calls: number } & Check) =>
    timed(() =>
      eachInFlight(calls, inFlight, (i) =>
        node().getShare(known(sent.chunks, i % sent.chunks.length), { verify }),
      ),
    ),
  removeEach: async ({ inFlight }: { inFlight: number }) =>
    timed(() => eachInFlight(sent.chunks.length, inFlight, (i) => node().removeShare(known(sent.chunks, i)))),
  /** GetShares of 64 over the chunks that were set one by one; `calls` batches. */
  getBatches: async ({ inFlight, calls, verify }: { inFlight: number; calls: number } & Check) => {
    const batches = Math.max(1, Math.floor(sent.chunks.length / BATCH));
    return timed(() =>
      eachInFlight(calls, inFlight, async (i) => {
        const at = (i % batches) * BATCH;
        (await node().getShares(sent.chunks.slice(at, at + BATCH), { verify })).forEach(dataOf);
      }),
    );
  },
  setCollections: async () => overStreams(setCollection),
  readCollections: async (check: Check) => overStreams((stream) => readCollection(stream, check)),
  removeCollections: async () => overStreams((stream) => node().removeShare(known(sent.collections, stream))),
  setFiles: async () => overStreams(setFile),
  /** Id of the file of a stream, in hex. */
  fileId: async ({ stream }: { stream: number }) => objectIdHex(known(sent.files, stream)),
  getFiles: async (check: Check) => overStreams((stream) => getFile(stream, check)),
  removeFiles: async () => overStreams((stream) => node().removeFile(known(sent.files, stream))),
};

/** What this process can do. */
export type ClientCommands = typeof commands;

letHeapGrow(); // as the commands do
serveCommands(commands);
