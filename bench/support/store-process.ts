import { letHeapGrow } from '../../src/node/heap-growth.ts';
import { blockCount, STRIPE_SIZE, stripeCount } from '../../src/content/geometry.ts';
import { OBJECT_KIND, type ObjectId } from '../../src/content/object-id.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { stripeLayout, stripeRootsBytes } from '../../src/objects/stripe.ts';
import type { Tag } from '../../src/objects/tag.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { eachInFlight, timed } from './each.ts';
import { madeUpFile } from './heads.ts';
import { type OpenedPlace, openStore } from './open-store.ts';

/** Bytes of one read, as the node reads. */
const READ_SIZE = 2 ** 20;

/** Stripes of one file on their way at a time; one where a disk of this machine syncs each. @see object-layout.md, section 10 */
const RADOS_STRIPES_IN_FLIGHT = 8;

/** Files to write, all at the same time. */
interface Files {
  readonly streams: number;
  readonly bytesEach: number;
}

/** A file that was written. */
interface Written {
  readonly id: ObjectId;
  readonly tag: Tag;
  readonly head: Uint8Array;
}

/** One stripe's bytes, block roots included; the store does not look at them. */
const stripeBytes = content(4, STRIPE_SIZE + STRIPE_SIZE / 128);
let store: ObjectStore | undefined;
let written: readonly Written[] = [];
let round = 0;

function opened(): ObjectStore {
  if (store === undefined) throw new Error('open first');
  return store;
}

async function writeFile(sizeBytes: number, stream: number): Promise<Written> {
  const striped = { kind: OBJECT_KIND.file, sizeBytes, passes: 0 };
  const tag = await opened().stage();
  const stripes = stripeCount(blockCount(sizeBytes));
  const inFlight = opened().adapter === 'rados' ? RADOS_STRIPES_IN_FLIGHT : 1;
  await eachInFlight(stripes, inFlight, (stripe) =>
    opened().writeStripe(tag, stripe, stripeBytes.subarray(0, stripeLayout(striped, stripe).totalBytes)),
  );
  const roots = stripeRootsBytes(striped);
  if (roots > 0) await opened().writeRoots(tag, stripeBytes.subarray(0, roots));
  const { id, headUnder } = madeUpFile(sizeBytes, 1000 * round + stream);
  const head = headUnder(tag);
  await opened().publish(id, head);
  return { id, tag, head };
}

async function readFile({ tag }: Written, sizeBytes: number): Promise<void> {
  const striped = { kind: OBJECT_KIND.file, sizeBytes, passes: 0 };
  for (let stripe = 0; stripe < stripeCount(blockCount(sizeBytes)); stripe++) {
    const { dataBytes } = stripeLayout(striped, stripe);
    for (let offset = 0; offset < dataBytes; offset += READ_SIZE) {
      const length = Math.min(READ_SIZE, dataBytes - offset);
      const [bytes] = (await opened().readStripe(tag, stripe, [{ offset, length }])) ?? [];
      if (bytes?.length !== length) throw new Error(`stripe ${stripe} is short`);
    }
  }
}

const commands = {
  open: async (place: OpenedPlace) => {
    store = await openStore(place);
  },
  close: async () => opened().close(),
  /** Stages and publishes files, ms for all. */
  writeFiles: async ({ streams, bytesEach }: Files) => {
    round += 1;
    const result: Written[] = [];
    const ms = await timed(() =>
      eachInFlight(streams, streams, async (stream) => result.push(await writeFile(bytesEach, stream))),
    );
    written = result;
    return ms;
  },
  /** Reads what `writeFiles` wrote, ms for all. */
  readFiles: async ({ bytesEach }: Files) =>
    timed(() => Promise.all(written.map((file) => readFile(file, bytesEach)))),
  /** Removes it, ms for all. */
  removeFiles: async () => timed(() => Promise.all(written.map(({ id, head }) => opened().remove(id, head)))),
};

/** What this process can do. */
export type StoreCommands = typeof commands;

letHeapGrow(); // as the commands do: the node's bound is made of this part
serveCommands(commands);
