import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { Quota } from '../../src/shares/quota.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { deferred } from '../support/deferred.ts';
import { openShares } from '../support/open-shares.ts';
import { declarationOf, makeChunks, setFile, sourceOf } from '../support/share-content.ts';

/** 4096 bytes, a block root and the head. */
const FILE_OF_ONE_BLOCK = 4096 + 32 + 275;
const LONE_CHUNK = 4096 + 275;

test('a set that fits exactly is taken, one byte less of limit refuses it with all figures', async () => {
  await using fits = await openShares({ limitBytes: FILE_OF_ONE_BLOCK + LONE_CHUNK });
  await setFile(fits.shares, testBytes(10));
  await fits.shares.setShare(testBytes(10));
  assert.equal(fits.shares.usage().storedBytes, fits.shares.usage().limitBytes);
  await using tight = await openShares({ limitBytes: FILE_OF_ONE_BLOCK + LONE_CHUNK - 1 });
  await setFile(tight.shares, testBytes(10));
  await assert.rejects(tight.shares.setShare(testBytes(10)), (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_OVER_QUOTA'));
    assert.deepEqual(error.details, {
      limit: FILE_OF_ONE_BLOCK + LONE_CHUNK - 1,
      used: FILE_OF_ONE_BLOCK,
      reserved: 0,
      needed: LONE_CHUNK,
    });
    assert.match(error.message, /remove objects or raise the limit/);
    return true;
  });
});

test('what is held needs no room', async () => {
  await using open = await openShares({ limitBytes: FILE_OF_ONE_BLOCK + LONE_CHUNK });
  const { stat } = await setFile(open.shares, testBytes(10));
  await open.shares.setShare(testBytes(10));
  assert.equal((await open.shares.setShare(testBytes(10))).held, true);
  const again = await open.shares.setFile({ sizeBytes: 10, id: stat.id }, sourceOf(testBytes(10)));
  assert.equal(again.held, true);
});

test('over quota is said before the source is read and before anything is staged', async () => {
  await using open = await openShares({ limitBytes: 10_000 });
  let asked = 0;
  const source = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error(`read ${++asked}`)) }),
  };
  await assert.rejects(open.shares.setFile({ sizeBytes: 2 ** 36 }, source), { code: 'PROVENDER_OVER_QUOTA' });
  const declared = declarationOf(makeChunks(3));
  await assert.rejects(open.shares.setShares(declared, source), { code: 'PROVENDER_OVER_QUOTA' });
  assert.equal(asked, 0);
  assert.equal((await open.store.stage()).at(-1), 1, 'nothing was staged before');
});

test('running sets count: two that fit alone do not fit together', async () => {
  await using open = await openShares({ limitBytes: FILE_OF_ONE_BLOCK + 100 });
  const first = deferred();
  const slow = open.shares.setFile(
    { sizeBytes: 10 },
    (async function* () {
      await first.promise;
      yield testBytes(10);
    })(),
  );
  assert.equal(open.shares.usage().reservedBytes, FILE_OF_ONE_BLOCK);
  await assert.rejects(setFile(open.shares, testBytes(11)), (error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_OVER_QUOTA'));
    assert.equal(error.details['reserved'], FILE_OF_ONE_BLOCK);
    return true;
  });
  first.resolve();
  await slow;
  assert.equal(open.shares.usage().reservedBytes, 0);
  await open.shares.removeFile((await slow).stat.id);
  await setFile(open.shares, testBytes(11));
});

test('a reservation is released once, however often it is told', () => {
  const quota = new Quota(100, () => ({ storedBytes: 10 }));
  const a = quota.reserve(50);
  quota.reserve(40);
  a.release();
  a.release();
  assert.equal(quota.reservedBytes, 40);
  assert.throws(() => quota.reserve(51), { code: 'PROVENDER_OVER_QUOTA' });
  quota.reserve(50);
});
