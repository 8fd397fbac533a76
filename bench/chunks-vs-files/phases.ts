import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import type { Rounds } from '../framework/rounds.ts';
import { recordCall } from '../support/measured-call.ts';
import type { NodeUnderLoad } from '../support/node-under-load.ts';
import { MB } from '../support/rate.ts';
import { caseOf, type ComparedStore, IN_FLIGHT } from './cases.ts';

/** One node, the store it runs on and the number of chunks of the round. */
interface PhaseInput {
  readonly store: ComparedStore;
  readonly node: NodeUnderLoad;
  readonly rounds: Rounds;
  readonly chunks: number;
}

/** A way of moving the same bytes; chunks/s or MB/s and CPU per unit go into the rounds. */
export type Phase = (input: PhaseInput) => Promise<void>;

const GET_SHARES_BATCH = 64;
const BATCHES_IN_FLIGHT = 8;
/** The node has checked every byte; a second tree in the client is measured by the grpc benchmark. */
const UNCHECKED = { verify: false } as const;

/** One call per chunk, 64 in flight, and GetShares over the same lone chunks. */
const oneByOne: Phase = async ({ store, node, rounds, chunks }) => {
  const { client, ends } = node;
  await recordCall(rounds, { name: caseOf.setEach(store), units: chunks, ends }, () =>
    client.call('setEach', { inFlight: IN_FLIGHT, count: chunks }),
  );
  await recordCall(rounds, { name: caseOf.readEach(store), units: chunks, ends }, () =>
    client.call('getEach', { inFlight: IN_FLIGHT, calls: chunks, ...UNCHECKED }),
  );
  const calls = Math.ceil(chunks / GET_SHARES_BATCH);
  await recordCall(rounds, { name: caseOf.readBatches(store), units: calls * GET_SHARES_BATCH, ends }, () =>
    client.call('getBatches', { inFlight: BATCHES_IN_FLIGHT, calls, ...UNCHECKED }),
  );
  await recordCall(rounds, { name: caseOf.removeEach(store), units: chunks, ends }, () =>
    client.call('removeEach', { inFlight: IN_FLIGHT }),
  );
};

/** Collections: SetShares, ReadShares over their whole range, RemoveShare of the collection. */
const batched: Phase = async ({ store, node, rounds, chunks }) => {
  const { client, ends } = node;
  await recordCall(rounds, { name: caseOf.setBatched(store), units: chunks, ends }, () =>
    client.call('setCollections', undefined),
  );
  await recordCall(rounds, { name: caseOf.readBatched(store), units: chunks, ends }, () =>
    client.call('readCollections', UNCHECKED),
  );
  await recordCall(rounds, { name: caseOf.removeBatched(store), units: chunks, ends }, () =>
    client.call('removeCollections', undefined),
  );
};

/** The same bytes as files. */
const filewise: Phase = async ({ store, node, rounds, chunks }) => {
  const { client, ends } = node;
  const units = (chunks * BLOCK_SIZE) / MB;
  await recordCall(rounds, { name: caseOf.setFiles(store), units, ends }, () =>
    client.call('setFiles', undefined),
  );
  await recordCall(rounds, { name: caseOf.getFiles(store), units, ends }, () =>
    client.call('getFiles', UNCHECKED),
  );
  await recordCall(rounds, { name: caseOf.removeFiles(store), units, ends }, () =>
    client.call('removeFiles', undefined),
  );
};

/** All ways, by the name that progress shows. */
export const PHASES: readonly { readonly name: string; readonly run: Phase }[] = [
  { name: 'one call per chunk', run: oneByOne },
  { name: 'batched', run: batched },
  { name: 'as files', run: filewise },
];
