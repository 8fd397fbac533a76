import { letHeapGrow } from '../../src/node/heap-growth.ts';
import { HASH_SIZE } from '../../src/content/geometry.ts';
import type { ObjectId } from '../../src/content/object-id.ts';
import type { LoneChunk, ObjectStore } from '../../src/objects/object-store.ts';
import { serveCommands } from '../framework/commands.ts';
import { eachInFlight, timed } from './each.ts';
import { content } from './content.ts';
import { madeUpChunk, madeUpFile } from './heads.ts';
import { type OpenedPlace, openStore } from './open-store.ts';

/** A file of one block: its stripe is the block and its root. */
const FILE_SIZE = 4096;
const stripe = content(6, FILE_SIZE + HASH_SIZE);
const STAGED_IN_FLIGHT = 64;

/** A file that needs nothing but its head. */
interface Staged {
  readonly id: ObjectId;
  readonly head: Uint8Array;
}

let store: ObjectStore | undefined;
let chunks: readonly LoneChunk[] = [];
let files: readonly Staged[] = [];
let seed = 0;

function opened(): ObjectStore {
  if (store === undefined) throw new Error('open first');
  return store;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`there are ${list.length}, not ${index + 1}: prepare first`);
  return item;
}

async function stageFile(): Promise<Staged> {
  const { id, headUnder } = madeUpFile(FILE_SIZE, ++seed);
  const tag = await opened().stage({ id });
  await opened().writeStripe(tag, 0, stripe);
  return { id, head: headUnder(tag) };
}

async function getChunk(expected: LoneChunk): Promise<void> {
  const [found] = await opened().getChunks([expected.id]);
  if (found === undefined || !('block' in found) || found.block.length !== expected.block.length)
    throw new Error('a chunk that was set is not there');
}

async function checkChunk(expected: LoneChunk): Promise<void> {
  const [found] = await opened().getChunks([expected.id]);
  if (found === undefined || !('block' in found)) throw new Error('a chunk that was set is not there');
  if (Buffer.compare(found.block, expected.block) !== 0 || Buffer.compare(found.head, expected.head) !== 0)
    throw new Error('a chunk reads wrong');
}

const commands = {
  open: async (place: OpenedPlace) => {
    store = await openStore(place);
  },
  close: async () => opened().close(),
  /** Makes chunks and staged files that were never there before. */
  prepare: async ({ count }: { count: number }) => {
    chunks = Array.from({ length: count }, () => madeUpChunk(++seed));
    const staged: Staged[] = [];
    await eachInFlight(count, STAGED_IN_FLIGHT, async () => staged.push(await stageFile()));
    files = staged;
  },
  /** Each in a call of its own, ms for all. */
  setChunks: async ({ inFlight }: { inFlight: number }) =>
    timed(() =>
      eachInFlight(chunks.length, inFlight, async (i) => {
        if ((await opened().setChunk(at(chunks, i))).held) throw new Error('a new chunk was held already');
      }),
    ),
  /** Chunks in random order, ms for all. */
  getChunks: async ({ inFlight, calls }: { inFlight: number; calls: number }) =>
    timed(() =>
      eachInFlight(calls, inFlight, () => getChunk(at(chunks, Math.floor(Math.random() * chunks.length)))),
    ),
  publish: async ({ inFlight }: { inFlight: number }) =>
    timed(() =>
      eachInFlight(files.length, inFlight, (i) => {
        const { id, head } = at(files, i);
        return opened().publish(id, head);
      }),
    ),
  /** Compares each chunk with what was set. */
  check: async ({ inFlight }: { inFlight: number }) =>
    eachInFlight(chunks.length, inFlight, (i) => checkChunk(at(chunks, i))),
  remove: async ({ inFlight }: { inFlight: number }) => {
    await eachInFlight(chunks.length, inFlight, (i) => {
      const { id, head } = at(chunks, i);
      return opened().removeChunk(id, head);
    });
    await eachInFlight(files.length, inFlight, (i) => {
      const { id, head } = at(files, i);
      return opened().remove(id, head);
    });
  },
};

/** What this process can do. */
export type StoreCallsCommands = typeof commands;

letHeapGrow(); // as the commands do
serveCommands(commands);
