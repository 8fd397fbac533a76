import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { decodeHead } from '../../src/objects/head.ts';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import { stripeKey } from '../../src/objects/data-names.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { useCeph, WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { openShares } from '../support/open-shares.ts';
import { connectAlone } from '../support/rados-pod.ts';
import { radosPlace } from '../support/rados-stores.ts';
import { getFile, itemBytes, setFile } from '../support/share-content.ts';

const ceph = useCeph({ faults: true });
/** An object without a good copy is not answered at all: this is how long a reader waits for it. */
const OP_TIMEOUT_MS = 5000;
const LAZY = { beatMs: 1000, deadMs: 600_000 };
const SIZE = 300_000;
const WHOLE = { offset: 0, length: 5 * 2 ** 20 };

/** Other bytes of the same length: one in the middle differs. */
function damaged(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 0x10;
  return copy;
}

/** The first stripe of a file, as it is stored. */
async function firstStripe(store: ObjectStore, id: ObjectId): Promise<{ key: string; bytes: Uint8Array }> {
  const { tag } = decodeHead((await store.getHead(id)) ?? new Uint8Array());
  const parts = await store.readStripe(tag, 0, [WHOLE]);
  assert.ok(parts?.[0]);
  return { key: stripeKey(tag, 0), bytes: parts[0] };
}

/** What a read ends with: `right` bytes, or a code; any other bytes fail. */
async function endOf(read: Promise<Uint8Array>, expected: Uint8Array): Promise<string> {
  const [settled] = await Promise.allSettled([read]);
  if (settled.status === 'rejected') {
    const { reason } = settled;
    return reason instanceof Error && 'code' in reason ? String(reason.code) : String(reason);
  }
  assert.equal(Buffer.compare(settled.value, expected), 0, 'the bytes that were set');
  return 'right';
}

test('copies are damaged behind the back of Ceph: nobody gets a wrong byte', WITH_CEPH_FAULTS, async (t) => {
  const [cluster, place, { user }] = [await ceph.cluster(), await radosPlace(ceph), await ceph.pool()];
  const connect = () => connectAlone(cluster.confFile, user, OP_TIMEOUT_MS);
  await using open = await openShares({ store: await place.open({ ...LAZY, connect }) });
  const { shares, store } = open;
  const [mendable, lost, chunk] = [testBytes(SIZE, 1), testBytes(SIZE, 2), testBytes(4096, 3)];
  const mended = (await setFile(shares, mendable)).stat.id;
  const gone = (await setFile(shares, lost)).stat.id;
  const { id } = (await shares.setShare(chunk)).stat;
  const [one, all] = [await firstStripe(store, mended), await firstStripe(store, gone)];
  const { pool, namespace } = place;
  const data = { pool, namespace: `${namespace}.data` };
  const getChunk = async (): Promise<Uint8Array> => itemBytes((await shares.getShares([id]))[0]);
  const part = { offset: 140_000, length: 20_000 };
  try {
    await cluster.damage({ ...data, key: one.key }, damaged(one.bytes));
    await cluster.damage({ ...data, key: all.key }, damaged(all.bytes), 'all');
    await cluster.damage({ pool, namespace, key: `c/${objectIdHex(id)}` }, damaged(chunk), 'all');
    const ends = {
      mendable: await endOf(getFile(shares, mended), mendable),
      part: await endOf(getFile(shares, gone, part), lost.slice(part.offset, part.offset + part.length)),
      file: await endOf(getFile(shares, gone), lost),
      chunk: await endOf(getChunk(), chunk),
    };
    t.diagnostic(JSON.stringify(ends));
    assert.match(
      ends.mendable,
      /^right$|^PROVENDER_CORRUPT$/,
      'Ceph mends it when it reads the whole object',
    );
    for (const end of [ends.part, ends.file, ends.chunk])
      assert.match(end, /^PROVENDER_(?:CORRUPT|UNAVAILABLE)$/);
  } finally {
    await cluster.heal();
  }
  const again = testBytes(50_000, 4);
  const { stat } = await setFile(shares, again);
  assert.ok((await getFile(shares, stat.id)).equals(again), 'the store works on');
});
