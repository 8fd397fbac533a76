import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import type { Rounds } from '../framework/rounds.ts';
import { recordCall } from '../support/measured-call.ts';
import type { NodeUnderLoad } from '../support/node-under-load.ts';
import { MB } from '../support/rate.ts';
import { watchMemory } from '../support/resident-memory.ts';

/** Profiles that the service is measured with, and the hashed bytes per byte of content: the tree alone, or the labels. */
export const PROFILES = [
  { name: 'none', passes: 0, hashed: 4 },
  { name: 'cat-1', passes: 1, hashed: 8 },
  { name: 'cat-2', passes: 2, hashed: 16 },
] as const;
/** One of them. */
export type Profile = (typeof PROFILES)[number];

/** Collections, or files, on their way at the same time. */
export const STREAMS = 4;
/** Calls in flight where there is one call per chunk. */
export const IN_FLIGHT = 64;
/** Questions of one VerifyShares. */
const BATCH = 64;
const BATCHES_IN_FLIGHT = 4;
const UNCHECKED = { verify: false } as const;

/** Cases of one profile. */
export const caseOf = {
  setEach: ({ name }: Profile): string => `${name}: set, one call per chunk`,
  getEach: ({ name }: Profile): string => `${name}: get, one call per chunk`,
  proveEach: ({ name }: Profile): string => `${name}: prove chunks (VerifyShares)`,
  setBatched: ({ name }: Profile): string => `${name}: set, batched (SetShares)`,
  getBatched: ({ name }: Profile): string => `${name}: get, batched (ReadShares)`,
  proveBatched: ({ name }: Profile): string => `${name}: prove collections (VerifyShares)`,
  setFiles: ({ name }: Profile): string => `${name}: SetFile, ${STREAMS} at a time`,
  getFiles: ({ name }: Profile): string => `${name}: GetFile, ${STREAMS} at a time`,
  proveFiles: ({ name }: Profile): string => `${name}: prove files (VerifyFile)`,
  initFiles: ({ name }: Profile): string => `${name}: init proofs of files (VerifyFile)`,
  setOne: ({ name }: Profile): string => `${name}: SetFile, one file, id declared`,
  getOne: ({ name }: Profile): string => `${name}: GetFile, one file`,
  setMemory: ({ name }: Profile): string => `${name}: SetFile, ${STREAMS} at a time: memory of the node`,
  getMemory: ({ name }: Profile): string => `${name}: GetFile, ${STREAMS} at a time: memory of the node`,
} as const;

/** A node of one profile and what a round moves. */
export interface PhaseInput {
  readonly profile: Profile;
  readonly node: NodeUnderLoad;
  readonly rounds: Rounds;
  readonly seed: number;
  readonly chunks: number;
  /** Blocks of the file that is sent alone. */
  readonly fileBlocks: number;
}

type Phase = (input: PhaseInput) => Promise<void>;

function proofBatches(chunks: number): number {
  return Math.max(1, Math.floor(chunks / 4 / BATCH));
}

const oneByOne: Phase = async ({ profile, node, rounds, chunks }) => {
  const { client, ends } = node;
  const calls = proofBatches(chunks);
  await recordCall(rounds, { name: caseOf.setEach(profile), units: chunks, ends }, () =>
    client.call('setEach', { inFlight: IN_FLIGHT, count: chunks }),
  );
  await recordCall(rounds, { name: caseOf.getEach(profile), units: chunks, ends }, () =>
    client.call('getEach', { inFlight: IN_FLIGHT, calls: chunks, ...UNCHECKED }),
  );
  await recordCall(rounds, { name: caseOf.proveEach(profile), units: calls * BATCH, ends }, () =>
    client.call('proveShares', { kind: 'chunks', calls, inFlight: BATCHES_IN_FLIGHT }),
  );
  await client.call('removeEach', { inFlight: IN_FLIGHT });
};

const batched: Phase = async ({ profile, node, rounds, chunks }) => {
  const { client, ends } = node;
  const calls = proofBatches(chunks);
  await recordCall(rounds, { name: caseOf.setBatched(profile), units: chunks, ends }, () =>
    client.call('setCollections', undefined),
  );
  await recordCall(rounds, { name: caseOf.getBatched(profile), units: chunks, ends }, () =>
    client.call('readCollections', UNCHECKED),
  );
  await recordCall(rounds, { name: caseOf.proveBatched(profile), units: calls * BATCH, ends }, () =>
    client.call('proveShares', { kind: 'collections', calls, inFlight: BATCHES_IN_FLIGHT }),
  );
  await client.call('removeCollections', undefined);
};

const filewise: Phase = async ({ profile, node, rounds, chunks }) => {
  const { client, ends, server } = node;
  const units = (chunks * BLOCK_SIZE) / MB;
  const set = await watchMemory(server.pid, () =>
    recordCall(rounds, { name: caseOf.setFiles(profile), units, ends }, () =>
      client.call('setFiles', undefined),
    ),
  );
  const get = await watchMemory(server.pid, () =>
    recordCall(rounds, { name: caseOf.getFiles(profile), units, ends }, () =>
      client.call('getFiles', UNCHECKED),
    ),
  );
  rounds.add(caseOf.setMemory(profile), set.peak.own / 2 ** 20);
  rounds.add(caseOf.getMemory(profile), get.peak.own / 2 ** 20);
  const calls = proofBatches(chunks) * 4;
  await recordCall(rounds, { name: caseOf.proveFiles(profile), units: calls, ends }, () =>
    client.call('proveFiles', { asked: 'leaf', calls, inFlight: IN_FLIGHT }),
  );
  if (profile.passes > 0) {
    const inits = Math.max(1, Math.floor(calls / 256));
    await recordCall(rounds, { name: caseOf.initFiles(profile), units: inits, ends }, () =>
      client.call('proveFiles', { asked: 'init', calls: inits, inFlight: STREAMS }),
    );
  }
  await client.call('removeFiles', undefined);
};

/** One file of about 100 MB alone, its id declared: how much of the time is encoding. */
const alone: Phase = async ({ profile, node, rounds, seed, fileBlocks }) => {
  const { client, ends } = node;
  const units = (fileBlocks * BLOCK_SIZE) / MB;
  await client.call('prepare', { seed: seed + 50, chunks: fileBlocks, streams: 1, declares: true });
  await recordCall(rounds, { name: caseOf.setOne(profile), units, ends }, () =>
    client.call('setFiles', undefined),
  );
  await recordCall(rounds, { name: caseOf.getOne(profile), units, ends }, () =>
    client.call('getFiles', UNCHECKED),
  );
  await client.call('removeFiles', undefined);
};

/** All ways of moving and proving the same bytes, one after the other. */
export async function runPhases(input: PhaseInput): Promise<void> {
  const { node, seed, chunks } = input;
  await node.client.call('prepare', { seed, chunks, streams: STREAMS, declares: true });
  await oneByOne(input);
  await batched(input);
  await filewise(input);
  await alone(input);
}
