import { letHeapGrow } from '../../src/node/heap-growth.ts';
import { RadosCluster } from '../../src/objects/rados/client/rados-cluster.ts';
import type { RadosConnection } from '../../src/objects/rados/client/rados-cluster-types.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { eachInFlight } from './each.ts';
import { radosBenchContent } from './rados-bench-output.ts';
import type { RadosPlace } from '../framework/rados-place.ts';

/** Objects that lie under `NAME_objectN`, as `rados bench` calls them. */
export interface ObjectSet {
  readonly name: string;
  readonly count: number;
  readonly sizeBytes: number;
  /** Who wrote them, and so what is in them. */
  readonly from: 'us' | 'rados bench';
}

/** What was done between the first operation and the answer to the last. */
export interface Done {
  readonly operations: number;
  readonly ms: number;
}

/** How long, and how much of it at once; no operation starts later. */
interface Pace {
  readonly inFlight: number;
  readonly seconds: number;
}

const LARGEST = 2 ** 22;
/** Objects differ by where in the same bytes theirs begin. */
const SHIFTS = 4096;
const REMOVALS_IN_FLIGHT = 64;
const CHECKS_IN_FLIGHT = 16;
const ENOENT = 'ENOENT';

const source = content(5, LARGEST + SHIFTS);
let connection: RadosConnection | undefined;
let pool: RadosPool | undefined;
/** Shared memory that reads go to: kept, as the adapter keeps its slabs. */
let memory = new Uint8Array(new SharedArrayBuffer(0));
/** Its pieces, one per operation in flight. */
let slots: readonly Uint8Array[] = [];
/** Which object lies in which slot. */
let landed: number[] = [];

function opened(): RadosPool {
  if (pool === undefined) throw new Error('connect first');
  return pool;
}

function keyOf(name: string, index: number): string {
  return `${name}_object${index}`;
}

function ours(index: number, sizeBytes: number): Uint8Array {
  const shift = (index * 61) % SHIFTS;
  return source.subarray(shift, shift + sizeBytes);
}

function expected({ from, sizeBytes }: ObjectSet, index: number): Uint8Array {
  return from === 'us' ? ours(index, sizeBytes) : radosBenchContent(index, sizeBytes);
}

function slot(index: number): Uint8Array {
  const bytes = slots[index];
  if (bytes === undefined) throw new Error(`no slot ${index}: reserve first`);
  return bytes;
}

/** Keeps `inFlight` operations going until the time is over or `limit` have been started, as `rados bench` does. */
async function keepGoing(
  { inFlight, seconds }: Pace,
  limit: number,
  work: (operation: number, worker: number) => Promise<unknown>,
): Promise<Done> {
  let operations = 0;
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  const worker = async (which: number): Promise<void> => {
    while (operations < limit && performance.now() < end) await work(operations++, which);
  };
  await Promise.all(Array.from({ length: inFlight }, (_, which) => worker(which)));
  return { operations, ms: performance.now() - startedAt };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === ENOENT;
}

async function removeIfThere(key: string): Promise<void> {
  try {
    await opened().remove(key);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

function assertContent(set: ObjectSet, index: number, bytes: Uint8Array): void {
  if (Buffer.compare(bytes, expected(set, index)) !== 0)
    throw new Error(`${keyOf(set.name, index)} (${set.sizeBytes} bytes, written by ${set.from}) reads wrong`);
}

function randomIndex(count: number): number {
  return Math.floor(Math.random() * count);
}

/** Random objects for all slots at once, again and again; `read` tells the bytes of each. */
async function inBatches(
  set: ObjectSet,
  seconds: number,
  read: (keys: readonly string[]) => Promise<ArrayLike<number>>,
): Promise<Done> {
  const { operations, ms } = await keepGoing({ inFlight: 1, seconds }, Number.POSITIVE_INFINITY, async () => {
    landed = slots.map(() => randomIndex(set.count));
    const lengths = await read(landed.map((index) => keyOf(set.name, index)));
    for (let i = 0; i < lengths.length; i++)
      if (lengths[i] !== set.sizeBytes) throw new Error(`object ${landed[i]}: ${lengths[i]} bytes`);
  });
  return { operations: operations * slots.length, ms };
}

const commands = {
  connect: async ({ confFile, user, pool: name, namespace }: RadosPlace) => {
    connection = await RadosCluster.connect({ configFile: confFile, user });
    pool = await connection.pool(name, { namespace });
  },
  disconnect: async () => {
    await pool?.close();
    await connection?.close();
  },
  /** Makes the memory for reads and touches it: outside of what is measured. */
  reserve: async ({ inFlight, sizeBytes }: { inFlight: number; sizeBytes: number }) => {
    memory = new Uint8Array(new SharedArrayBuffer(inFlight * sizeBytes)).fill(1);
    slots = Array.from({ length: inFlight }, (_, i) => memory.subarray(i * sizeBytes, (i + 1) * sizeBytes));
  },
  /** writeFull of new objects. */
  write: async (task: Pace & { name: string; sizeBytes: number; maxObjects: number }) =>
    keepGoing(task, task.maxObjects, (i) => opened().writeFull(keyOf(task.name, i), ours(i, task.sizeBytes))),
  /** Reads of whole objects, in random order. */
  read: async ({ set, ...pace }: Pace & { set: ObjectSet }) => {
    landed = [];
    return keepGoing(pace, Number.POSITIVE_INFINITY, async (_, worker) => {
      const index = randomIndex(set.count);
      landed[worker] = index;
      const into = slot(worker);
      const length = await opened().read(keyOf(set.name, index), { into });
      if (length !== set.sizeBytes) throw new Error(`${keyOf(set.name, index)}: ${length} bytes`);
    });
  },
  /** Compares what the last read of each worker left. */
  checkLanded: async (set: ObjectSet) =>
    landed.forEach((index, worker) => assertContent(set, index, slot(worker))),
  /** As many single reads at a time as `reserve` made room for, the next ones when all are there; operations are objects. */
  readSingly: async ({ set, seconds }: { set: ObjectSet; seconds: number }) =>
    inBatches(set, seconds, async (keys) =>
      Promise.all(keys.map((key, i) => opened().read(key, { into: slot(i) }))),
    ),
  /** The same with one readMany for all of them. */
  readMany: async ({ set, seconds }: { set: ObjectSet; seconds: number }) =>
    inBatches(set, seconds, (keys) => opened().readMany(keys, { into: memory, stride: set.sizeBytes })),
  /** Reads each object of a set and compares it, byte for byte. */
  check: async (set: ObjectSet) =>
    eachInFlight(set.count, CHECKS_IN_FLIGHT, async (index) => {
      const into = new Uint8Array(set.sizeBytes);
      await opened().read(keyOf(set.name, index), { into });
      assertContent(set, index, into);
    }),
  /** Removes a set, whoever wrote it, and what `rados bench` notes about a run. */
  remove: async ({ name, count, runName }: { name: string; count: number; runName?: string }) => {
    await eachInFlight(count, REMOVALS_IN_FLIGHT, (index) => removeIfThere(keyOf(name, index)));
    if (runName !== undefined) await removeIfThere(runName);
  },
};

/** What this process can do. */
export type RadosClientCommands = typeof commands;

letHeapGrow(); // as the commands do
serveCommands(commands);
