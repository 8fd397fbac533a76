import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError, ProvenderError } from '../../src/content/provender-error.ts';
import type { SetOutcome, Shares } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { openShares } from '../support/open-shares.ts';
import { batchesOf, declarationOf, makeChunks, pieces, sourceOf } from '../support/share-content.ts';
import { StepStore } from '../support/step-store.ts';

const CONTENT = testBytes(9_000_000);
const CHUNKS = makeChunks(1100);

/** The sets under test: a file of three stripes, a collection of two. */
const SETS: Readonly<Record<string, (shares: Shares, signal?: AbortSignal) => Promise<SetOutcome>>> = {
  file: (shares, signal) =>
    shares.setFile(
      { sizeBytes: CONTENT.length },
      sourceOf(...pieces(CONTENT, 500_000)),
      signal && { signal },
    ),
  collection: (shares, signal) =>
    shares.setShares(declarationOf(CHUNKS), sourceOf(...batchesOf(CHUNKS)), signal && { signal }),
};

/** Runs `set` with `act` at step 1, 2, 3 ... until a set has fewer steps; after each, all is as before or whole. */
async function atEachStep(
  set: (shares: Shares, signal?: AbortSignal) => Promise<SetOutcome>,
  act: (controller: AbortController) => void,
  expected: string,
): Promise<string[]> {
  const seen: string[] = [];
  for (let target = 1; ; target++) {
    await using open = await openShares({ store: new StepStore() });
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

for (const [name, set] of Object.entries(SETS)) {
  test(`a store that fails at any step of a ${name} leaves nothing of it`, async () => {
    const fail = (): void => {
      throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the disk is away');
    };
    const seen = await atEachStep(set, fail, 'PROVENDER_UNAVAILABLE');
    for (const step of ['stage', 'writeStripe', 'writeRoots', 'publish'])
      assert.ok(seen.includes(step), step);
  });

  test(`a caller that leaves at any step of a ${name} gets all or nothing`, async () => {
    await atEachStep(set, (controller) => controller.abort(), 'PROVENDER_CANCELLED');
  });
}

test('a hasher that fails ends the call and leaves nothing', async () => {
  const hasher = {
    blockRoots: () => Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'no thread')),
  };
  await using open = await openShares({ hasher });
  for (const set of Object.values(SETS))
    await assert.rejects(set(open.shares), { code: 'PROVENDER_UNAVAILABLE' });
  assert.deepEqual([open.store.data.size, open.shares.usage().reservedBytes], [0, 0]);
});
