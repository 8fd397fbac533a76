import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBytes } from '../proof/reference-tree.ts';
import { deferred } from '../support/deferred.ts';
import { openShares } from '../support/open-shares.ts';
import { bytesOf, itemsOf, setFile, sourceOf } from '../support/share-content.ts';

test('close refuses new calls and lets running ones end', async () => {
  await using open = await openShares();
  const go = deferred();
  const running = open.shares.setFile(
    { sizeBytes: 10 },
    (async function* () {
      await go.promise;
      yield testBytes(10);
    })(),
  );
  const closing = open.shares.close({ graceMs: 60_000 });
  const code = { code: 'PROVENDER_CLOSED' };
  await assert.rejects(open.shares.setShare(testBytes(1)), code);
  await assert.rejects(setFile(open.shares, testBytes(1)), code);
  await assert.rejects(open.shares.getShares([]), code);
  await assert.rejects(itemsOf(open.shares.readShares({ ids: [] })), code);
  await assert.rejects(open.shares.list({ kind: 1, limit: 1 }), code);
  go.resolve();
  assert.equal((await running).held, false);
  await closing;
  await open.shares.close();
});

test('close aborts what does not end in its grace, and leaves nothing of it', async () => {
  await using open = await openShares();
  const { stat } = await setFile(open.shares, testBytes(3_000_000));
  const never = deferred();
  const reading = await open.shares.getFile(stat.id, {});
  const ids = [stat.id];
  const stream = open.shares.readShares({ ids })[Symbol.asyncIterator]();
  await stream.next();
  const hanging = open.shares.setFile(
    { sizeBytes: 10 },
    (async function* () {
      await never.promise;
      yield* sourceOf(testBytes(10));
    })(),
  );
  const ended = assert.rejects(hanging, { code: 'PROVENDER_CLOSED' });
  await open.shares.close({ graceMs: 0 });
  await ended;
  await assert.rejects(bytesOf(reading), { code: 'PROVENDER_CLOSED' });
  assert.equal(open.store.data.size, 1);
  assert.equal(open.shares.usage().reservedBytes, 0);
});
