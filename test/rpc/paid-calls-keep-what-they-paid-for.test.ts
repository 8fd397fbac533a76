import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { OBJECT_KIND } from '../../src/content/object-id.ts';
import { FILE_METHODS, SHARE_METHODS } from '../../src/rpc/methods.ts';
import type { StoredShares } from '../../src/shares/stored-shares.ts';
import type { StateTxn } from '../../src/state/state-store.ts';
import { openStoredPaidServer, type PaidServer, signedHeaders } from '../support/paid-server.ts';
import { idOf } from '../support/rpc-memory-shares.ts';
import { eventually } from '../support/rpc-node.ts';
import { until } from '../support/until.ts';

type Paid = PaidServer<StoredShares>;

const FILE = randomBytes(100_000);
const FILE_ID = idOf(OBJECT_KIND.file, FILE);
/** 200 and 4 for each of 98 KiB. */
const FILE_PRICE = 592n;

function upload(bytes: Buffer, id?: Uint8Array) {
  const objectId = id === undefined ? Buffer.alloc(0) : Buffer.from(id);
  const header = { sizeBytes: BigInt(bytes.length), objectId, profile: undefined, placement: undefined };
  return [
    { header, data: Buffer.alloc(0) },
    { header: undefined, data: bytes },
  ];
}

/** Tells the commit of a payment from the other transactions. */
function isCommit({ keys }: Paid, { then = [] }: StateTxn): boolean {
  const puts = then.some((step) => 'put' in step && step.put.startsWith(keys.channels));
  return puts && then.some((step) => 'delete' in step && step.delete.startsWith(keys.locks));
}

async function assertNothingIsHeld({ shares }: Paid): Promise<void> {
  await eventually('nothing is held back', () => shares.usage().reservedBytes === 0);
  const { storedBytes, chunks, files, collections } = shares.usage();
  assert.deepEqual([storedBytes, chunks, files, collections], [0, 0, 0, 0]);
}

test('chunks, collections and files of the real service are paid and kept', async () => {
  await using paid = await openStoredPaidServer();
  const { client } = paid;
  const data = randomBytes(2000);
  const chunk = await client.unary(
    SHARE_METHODS.setShare,
    { data, profile: undefined },
    await signedHeaders(5n),
  );
  assert.equal(chunk.error, undefined);
  const chunks = [randomBytes(500), randomBytes(700)].sort((a, b) =>
    Buffer.compare(idOf(OBJECT_KIND.chunk, a), idOf(OBJECT_KIND.chunk, b)),
  );
  const declared = { count: 2, sizeBytes: 1200n, objectId: Buffer.alloc(0), profile: undefined };
  const collection = [
    { header: declared, chunks: [] },
    { header: undefined, chunks },
  ];
  const headers = await signedHeaders(5n + 106n);
  const set = await client.upload(SHARE_METHODS.setShares, collection, { headers }).ended;
  assert.equal(set.error, undefined);
  const dearer = await signedHeaders(5n + 106n + FILE_PRICE);
  const file = await client.upload(FILE_METHODS.setFile, upload(FILE), { headers: dearer }).ended;
  assert.equal(file.error, undefined);
  // a chunk of the collection is read by its own id, and costs what it has
  const objectId = Buffer.from(idOf(OBJECT_KIND.chunk, chunks[0] ?? data));
  const price = BigInt(5 * Math.ceil((chunks[0]?.length ?? 0) / 1024));
  const read = await client.unary(SHARE_METHODS.getShare, { objectId }, await signedHeaders(703n + price));
  assert.deepEqual(read.answers[0]?.data, chunks[0]);
  await until(
    'no mark is left',
    async () => (await paid.state.range(paid.keys.paidMarks)).records.length === 0,
  );
  assert.equal((await paid.record())?.authorizedAmount, 703n + price);
});

test('a payment whose lock an operator takes away is lost, and so is the upload', async () => {
  await using paid = await openStoredPaidServer();
  // the lock goes while the bytes come
  const call = paid.client.upload(FILE_METHODS.setFile, upload(FILE), {
    headers: await signedHeaders(FILE_PRICE),
    isLeftOpen: true,
  });
  await until('the channel is locked', () => paid.isLocked());
  await paid.state.txn({ then: [{ delete: paid.keys.lock(42n) }] });
  call.end();
  const { error } = await call.ended;
  assert.equal(error?.code, status.ABORTED);
  assert.equal(error?.details, 'state of payment channel was concurrently updated, channel id: 42');
  await assertNothingIsHeld(paid);
  assert.equal(await paid.record(), undefined);
});

test('an upload that ends early leaves neither data nor lock, and its payment is still good', async () => {
  await using paid = await openStoredPaidServer();
  const headers = await signedHeaders(FILE_PRICE);
  const messages = upload(FILE).slice(0, 1);
  const left = paid.client.upload(FILE_METHODS.setFile, messages, { headers, isLeftOpen: true });
  await until('the channel is locked', () => paid.isLocked());
  left.cancel();
  await left.ended;
  await until('the channel is free', async () => !(await paid.isLocked()));
  await assertNothingIsHeld(paid);
  const { error } = await paid.client.upload(FILE_METHODS.setFile, upload(FILE), { headers }).ended;
  assert.equal(error, undefined);
  assert.equal((await paid.record())?.authorizedAmount, FILE_PRICE);
});

test('an upload whose payment stays unknown is dropped when it turns out to be unpaid, and the payment is still good', async () => {
  await using paid = await openStoredPaidServer({ pace: 20 });
  let isCut = false;
  paid.state.faults = (txn) => {
    isCut ||= isCommit(paid, txn);
    if (isCut) paid.state.readFault = () => 'refused';
    return isCut ? 'lost' : 'ok';
  };
  const headers = await signedHeaders(FILE_PRICE);
  const lost = await paid.client.upload(FILE_METHODS.setFile, upload(FILE), { headers }).ended;
  assert.equal(lost.error?.details, 'payment state is unknown, channel id: 42');
  assert.ok(paid.shares.usage().reservedBytes > 0, 'its room is kept while nobody knows');
  paid.state.faults = () => 'ok';
  paid.state.readFault = () => 'ok';
  await assertNothingIsHeld(paid);
  await until('the channel is free', async () => !(await paid.isLocked()));
  const { error } = await paid.client.upload(FILE_METHODS.setFile, upload(FILE), { headers }).ended;
  assert.equal(error, undefined);
  assert.equal((await paid.record())?.authorizedAmount, FILE_PRICE);
});

test('an upload whose payment stays unknown is published when it turns out to be paid, and may be repeated', async () => {
  await using paid = await openStoredPaidServer({ pace: 20 });
  let isCut = false;
  paid.state.faults = (txn) => {
    if (isCut) return 'lost';
    if (!isCommit(paid, txn)) return 'ok';
    isCut = true;
    paid.state.readFault = () => 'refused';
    return 'unanswered';
  };
  const headers = await signedHeaders(FILE_PRICE);
  const call = paid.client.upload(FILE_METHODS.setFile, upload(FILE, FILE_ID), { headers });
  const { error } = await call.ended;
  assert.equal(error?.code, status.UNAVAILABLE);
  assert.equal(error?.details, 'payment state is unknown, channel id: 42');
  await assert.rejects(paid.shares.statFile(FILE_ID), { code: 'PROVENDER_NOT_FOUND' });
  paid.state.faults = () => 'ok';
  paid.state.readFault = () => 'ok';
  await until('it is published', async () => (await paid.shares.statFile(FILE_ID)).sizeBytes === FILE.length);
  await until('it may be repeated', async () => (await paid.record())?.repeat === true);
  const again = await paid.client.upload(FILE_METHODS.setFile, upload(FILE, FILE_ID), { headers }).ended;
  assert.equal(again.error, undefined);
  assert.equal(again.answers[0]?.result?.held, true);
  assert.equal((await paid.record())?.repeat, false);
  const third = await paid.client.upload(FILE_METHODS.setFile, upload(FILE, FILE_ID), { headers }).ended;
  assert.equal(third.error?.code, status.UNAUTHENTICATED);
  assert.equal((await paid.record())?.authorizedAmount, FILE_PRICE);
});
