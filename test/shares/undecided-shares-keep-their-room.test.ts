import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { FilesStore } from '../../src/objects/files/files-store.ts';
import { LevelStore } from '../../src/objects/level/level-store.ts';
import type { StagedShare } from '../../src/shares/shares.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { makeSigner, openShares } from '../support/open-shares.ts';
import { PAID_CASES, type PaidCase, payment, statOf } from '../support/paid-cases.ts';
import { openScratch } from '../support/scratch.ts';
import { recount } from '../support/store-reading.ts';

const UNKNOWN = new ProvenderError('PROVENDER_PAYMENT_UNKNOWN', 'payment state is unknown');
const STORES: Readonly<Record<string, (directory: string) => Promise<ObjectStore>>> = {
  level: (directory) => LevelStore.open({ directory, reserveBytes: 0 }),
  files: (directory) => FilesStore.open({ directory, reserveBytes: 0 }),
};

/** Sets a share whose payment nobody knows the end of. */
async function leaveUndecided(shares: Parameters<PaidCase['set']>[0], one: PaidCase): Promise<StagedShare> {
  let kept: StagedShare | undefined;
  const paid = payment(async (share) => {
    kept = share;
    throw UNKNOWN;
  });
  await assert.rejects(one.set(shares, paid), UNKNOWN);
  return kept ?? assert.fail();
}

for (const what of ['publish', 'drop'] as const) {
  test(`others get the room of what was undecided when it is dropped, and not before: ${what}`, async () => {
    for (const [, one] of PAID_CASES) {
      if (one.options.stagedRawAboveBytes !== undefined) continue; // needs more room for a while
      await using measured = await openShares(one.options);
      const { stat } = await one.set(measured.shares);
      await using open = await openShares({ ...one.options, limitBytes: stat.storedBytes });
      const { shares } = open;
      const kept = await leaveUndecided(shares, one);
      const other = (): Promise<unknown> => shares.setShare(testBytes(7));
      await assert.rejects(other(), { code: 'PROVENDER_OVER_QUOTA' });
      await shares.settle(kept, what);
      if (what === 'drop') await other();
      else await assert.rejects(other(), { code: 'PROVENDER_OVER_QUOTA' });
    }
  });
}

for (const [name, openStore] of Object.entries(STORES)) {
  for (const what of ['publish', 'drop'] as const) {
    test(`${name}: shares of an earlier opening are settled with exact usage: ${what}`, async () => {
      for (const [, one] of PAID_CASES) {
        await using scratch = await openScratch();
        const signer = makeSigner();
        let kept: StagedShare;
        {
          await using store = await openStore(scratch.at('objects'));
          await using before = await openShares({ store, signer, ...one.options });
          kept = await leaveUndecided(before.shares, one);
        }
        await using store = await openStore(scratch.at('objects'));
        await using open = await openShares({ store, signer, ...one.options });
        const { shares } = open;
        assert.equal(await statOf(shares, one), undefined);
        const room = shares.usage().reservedBytes;
        for (const _ of [1, 2]) await shares.settle(kept, what);
        const stat = await statOf(shares, one);
        if (what === 'drop') assert.equal(stat, undefined);
        else if (one.kind !== 'chunk') assert.equal(stat?.storedBytes, room, 'its room was held back');
        assert.deepEqual(store.usage(), await recount(store));
        assert.equal(shares.usage().reservedBytes, 0);
        assert.equal(shares.usage().storedBytes, stat?.storedBytes ?? 0);
      }
    });
  }
}
