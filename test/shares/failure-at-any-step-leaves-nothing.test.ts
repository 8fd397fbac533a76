import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError, ProvenderError } from '../../src/content/provender-error.ts';
import type { ObjectId } from '../../src/content/object-id.ts';
import { storedSize } from '../../src/objects/stored-size.ts';
import { inlineCoder, type ReplicaCoder } from '../../src/proof/replica-coder.ts';
import { headSize } from '../../src/shares/setting/head-signing.ts';
import type { StoredSharesOptions } from '../../src/shares/stored-shares.ts';
import type { SetOutcome, Shares } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import {
  batchesOf,
  declarationOf,
  makeChunks,
  pieces,
  referenceCollectionId,
  referenceFileId,
  sourceOf,
} from '../support/share-content.ts';
import { StepStore } from '../support/step-store.ts';

const CONTENT = testBytes(9_000_000);
const CHUNKS = makeChunks(1100);

/** Two stripes: what encodes has enough to do. */
const ENCODED = CONTENT.subarray(0, 4_300_000);

type Set = (shares: Shares, signal?: AbortSignal) => Promise<SetOutcome>;

/** Sets of replicas: the id is declared, or found at the end, or found and read back because so little may be kept in memory. */
const fileOf =
  (profile: number, id?: ObjectId): Set =>
  (shares, signal) =>
    shares.setFile(
      { sizeBytes: ENCODED.length, profile, ...(id && { id }) },
      sourceOf(...pieces(ENCODED, 500_000)),
      signal && { signal },
    );
const collectionOf =
  (profile: number, id?: ObjectId): Set =>
  (shares, signal) =>
    shares.setShares(
      { ...declarationOf(CHUNKS), profile, ...(id && { id }) },
      sourceOf(...batchesOf(CHUNKS)),
      signal && { signal },
    );
const FILE_ID = referenceFileId(ENCODED);
const RAW = { stagedRawAboveBytes: 4096 };

/** The sets under test: a file of three stripes, a collection of two; then replicas of two. */
const SETS: Readonly<Record<string, Set>> = {
  file: (shares, signal) =>
    shares.setFile(
      { sizeBytes: CONTENT.length },
      sourceOf(...pieces(CONTENT, 500_000)),
      signal && { signal },
    ),
  'file in cat-1': fileOf(1, FILE_ID),
  'file in cat-2': fileOf(2, FILE_ID),
  'file in cat-2 of unknown id': fileOf(2),
  'collection in cat-1': collectionOf(1),
  'collection in cat-2 of known id': collectionOf(2, referenceCollectionId(CHUNKS)),
  collection: (shares, signal) =>
    shares.setShares(declarationOf(CHUNKS), sourceOf(...batchesOf(CHUNKS)), signal && { signal }),
};

const SETS_STAGED_RAW: Readonly<Record<string, Set>> = {
  'file that is staged raw': fileOf(2),
  'collection that is staged raw': collectionOf(1),
};

interface Case {
  readonly set: Set;
  readonly options: Pick<StoredSharesOptions, 'stagedRawAboveBytes'>;
}

const CASES: readonly (readonly [string, Case])[] = [
  ...Object.entries(SETS).map(([name, set]) => [name, { set, options: {} }] as const),
  ...Object.entries(SETS_STAGED_RAW).map(([name, set]) => [name, { set, options: RAW }] as const),
];

/** Runs `set` with `act` at step 1, 2, 3 ... until a set has fewer steps; after each, all is as before or whole. */
async function atEachStep(
  { set, options }: Case,
  act: (controller: AbortController) => void,
  expected: string,
): Promise<string[]> {
  const seen: string[] = [];
  for (let target = 1; ; target++) {
    await using open = await openShares({ store: new StepStore(), ...options });
    const controller = new AbortController();
    let steps = 0;
    open.store.onStep = (step) => {
      if (++steps !== target) return;
      seen.push(step);
      act(controller);
    };
    const outcome = await set(open.shares, controller.signal).catch((error: unknown) => {
      assert.ok(isProvenderError(error) && error.code === expected, String(error));
      return undefined;
    });
    const { files, collections, reservedBytes } = open.shares.usage();
    const whole = outcome === undefined ? 0 : 1;
    assert.deepEqual(
      [files + collections, open.store.data.size, reservedBytes],
      [whole, whole, 0],
      seen.at(-1),
    );
    if (whole === 0) assert.equal(open.store.index.size, 0);
    if (steps < target) return seen;
  }
}

for (const [name, one] of CASES) {
  test(`a store that fails at any step of a ${name} leaves nothing of it`, async () => {
    const fail = (): void => {
      throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the disk is away');
    };
    const seen = await atEachStep(one, fail, 'PROVENDER_UNAVAILABLE');
    for (const step of ['stage', 'writeStripe', 'writeRoots', 'publish'])
      assert.ok(seen.includes(step), step);
  });

  test(`a caller that leaves at any step of a ${name} gets all or nothing`, async () => {
    await atEachStep(one, (controller) => controller.abort(), 'PROVENDER_CANCELLED');
  });
}

test('a coder that fails in any pass ends the call and leaves nothing', async () => {
  for (const failing of [1, 2]) {
    const encode: ReplicaCoder['encode'] = (run) =>
      run.pass === failing && run.blocks.first > 0
        ? Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'no thread'))
        : inlineCoder.encode(run);
    await using open = await openShares({ coder: { ...inlineCoder, encode } });
    for (const set of [fileOf(2), fileOf(2, FILE_ID), collectionOf(2)])
      await assert.rejects(set(open.shares), { code: 'PROVENDER_UNAVAILABLE' });
    assert.deepEqual([open.store.data.size, open.shares.usage().reservedBytes], [0, 0]);
    assert.equal((await fileOf(failing - 1)(open.shares)).held, false, 'the memory was given back');
  }
});

test('another content than the declared id is refused in every profile, and leaves nothing', async () => {
  await using open = await openShares();
  const other = referenceFileId(CONTENT);
  for (const profile of [0, 1, 2])
    await assert.rejects(fileOf(profile, other)(open.shares), { code: 'PROVENDER_INVALID' });
  await assert.rejects(collectionOf(1, other)(open.shares), { code: 'PROVENDER_INVALID' });
  assert.deepEqual([open.store.data.size, open.shares.usage().reservedBytes], [0, 0]);
});

test('what was staged raw and comes back changed is not taken for the object', async () => {
  class Rotting extends StepStore {
    override async readStripe(
      ...args: Parameters<StepStore['readStripe']>
    ): ReturnType<StepStore['readStripe']> {
      const found = await super.readStripe(...args);
      return found?.map((part) => part.map((byte, i) => (i === 1000 ? byte ^ 1 : byte)));
    }
  }
  for (const set of Object.values(SETS_STAGED_RAW)) {
    await using open = await openShares({ store: new Rotting(), ...RAW });
    await assert.rejects(set(open.shares), { code: 'PROVENDER_CORRUPT' });
    assert.deepEqual([open.store.data.size, open.shares.usage().reservedBytes], [0, 0]);
  }
});

test('what is staged raw needs room for both, before a byte is read', async () => {
  const replica = storedSize({ kind: 2, sizeBytes: ENCODED.length, passes: 2 }, headSize(2));
  for (const [options, id] of [
    [RAW, FILE_ID],
    [RAW, undefined],
  ] as const) {
    await using open = await openShares({ ...options, limitBytes: replica });
    const set = fileOf(2, id)(open.shares);
    if (id === undefined) await assert.rejects(set, { code: 'PROVENDER_OVER_QUOTA' });
    else assert.equal((await set).stat.storedBytes, replica);
  }
});

test('a hasher that fails ends the call and leaves nothing', async () => {
  const hasher = {
    blockRoots: () => Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'no thread')),
  };
  await using open = await openShares({ hasher });
  for (const set of Object.values(SETS))
    await assert.rejects(set(open.shares), { code: 'PROVENDER_UNAVAILABLE' });
  assert.deepEqual([open.store.data.size, open.shares.usage().reservedBytes], [0, 0]);
});
