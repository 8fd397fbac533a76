import { BLOCK_SIZE, HASH_SIZE } from '../../src/content/geometry.ts';
import { CODER_RUN_BLOCKS } from '../../src/proof/replica-coder.ts';
import type { SegmentBytes } from '../../src/proof/replica.ts';
import { ProofWorkers } from '../../src/workers/proof-workers.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { timed } from './each.ts';

/** An object in memory that all threads see. */
interface Loaded extends SegmentBytes {
  readonly roots: Uint8Array;
}

/** Which work, on how many objects at the same time, by how many threads. */
interface Asked {
  readonly verb: 'encode' | 'decode';
  readonly threads: number;
  readonly objects: number;
  readonly passes: number;
}

const pools = new Map<number, ProofWorkers>();
let loaded: readonly Loaded[] = [];

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

/** Runs over an object in the order in which a pass encodes them. */
function runsOf(pass: number, { bytes, roots }: Loaded) {
  const blocks = bytes.length / BLOCK_SIZE;
  const runs = Array.from({ length: Math.ceil(blocks / CODER_RUN_BLOCKS) }, (_, i) => {
    const place = { first: i * CODER_RUN_BLOCKS, end: Math.min(blocks, (i + 1) * CODER_RUN_BLOCKS) };
    const { first, end } = pass % 2 === 1 ? place : { first: blocks - place.end, end: blocks - place.first };
    return {
      blocks: { first, end },
      out: bytes.subarray(first * BLOCK_SIZE, end * BLOCK_SIZE),
      roots: roots.subarray(first * HASH_SIZE, end * HASH_SIZE),
    };
  });
  return runs;
}

async function encode(workers: ProofWorkers, segment: Loaded, passes: number): Promise<void> {
  for (let pass = 1; pass <= passes; pass++) {
    for (const { blocks, roots } of runsOf(pass, segment))
      await workers.encode({ pass, segment, blocks, roots });
  }
}

/** In place, which needs the runs of a pass in order, from its end. */
async function decode(workers: ProofWorkers, segment: Loaded, passes: number): Promise<void> {
  for (let pass = passes; pass >= 1; pass--) {
    for (const { blocks, out, roots } of runsOf(pass, segment).toReversed())
      await workers.decode({ pass, segment, blocks, out, roots });
  }
}

const commands = {
  /** Opens a pool for each number of threads and fills `objects` objects of `blocks` blocks. */
  open: async ({
    threads,
    objects,
    blocks,
  }: {
    threads: readonly number[];
    objects: number;
    blocks: number;
  }) => {
    for (const count of threads) pools.set(count, await ProofWorkers.open({ threads: count }));
    loaded = Array.from({ length: objects }, (_, i) => ({
      id: content(100 + i, HASH_SIZE),
      bytes: shared(content(i, blocks * BLOCK_SIZE)),
      roots: new Uint8Array(new SharedArrayBuffer(blocks * HASH_SIZE)),
    }));
  },
  /** All objects at the same time; ms for all. */
  run: async ({ verb, threads, objects, passes }: Asked) => {
    const workers = pools.get(threads);
    if (workers === undefined) throw new Error(`no pool of ${threads} threads`);
    const work = verb === 'encode' ? encode : decode;
    return timed(() => Promise.all(loaded.slice(0, objects).map((one) => work(workers, one, passes))));
  },
  close: async () => {
    for (const workers of pools.values()) await workers.close();
  },
};

/** What this process can do. */
export type CoderCommands = typeof commands;

serveCommands(commands);
