import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { OBJECT_KIND } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { GetFileResponse } from '../../src/generated/provender/v1/file_service.ts';
import { FILE_METHODS, SHARE_METHODS } from '../../src/rpc/methods.ts';
import { deferred } from '../support/deferred.ts';
import { payingHeaders } from '../support/paying-client.ts';
import { idOf } from '../support/rpc-memory-shares.ts';
import { eventually, untilAborted } from '../support/rpc-node.ts';
import { openPaidNode } from '../support/scripted-payments.ts';
import { sourceOf } from '../support/share-content.ts';

const HEADERS = payingHeaders({ id: 5n, amount: 10n });
const LOST = new ProvenderError(
  'PROVENDER_CONFLICT',
  'state of payment channel was concurrently updated, channel id: 5',
);

/** Messages of an upload of a file that declares `sizeBytes`. */
function upload(bytes: Buffer, sizeBytes = bytes.length) {
  const header = {
    sizeBytes: BigInt(sizeBytes),
    objectId: Buffer.alloc(0),
    profile: undefined,
    placement: undefined,
  };
  return [
    { header, data: Buffer.alloc(0) },
    { header: undefined, data: bytes },
  ];
}

function wholeFile(objectId: Uint8Array) {
  return {
    objectId: Buffer.from(objectId),
    offset: 0n,
    length: undefined,
    receipt: undefined,
    heldHere: false,
  };
}

test('an answer is prepared, then paid, then sent', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const data = randomBytes(100);
  const { id } = (await shares.setShare(data)).stat;
  const decided = deferred();
  payments.decide = () => decided.promise;
  let isAnswered = false;
  const call = client.unary(SHARE_METHODS.getShare, { objectId: Buffer.from(id) }, HEADERS).then((answer) => {
    isAnswered = true;
    return answer;
  });
  await eventually('the commit was sent', () => payments.steps.includes('commit'));
  assert.deepEqual(payments.steps, ['start', 'work done', 'commit']);
  assert.equal(isAnswered, false);
  decided.resolve();
  assert.deepEqual((await call).answers[0]?.data, data);
});

test('an answer that could not be paid does not leave the node', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const bytes = randomBytes(100);
  const objectId = Buffer.from((await shares.setShare(bytes)).stat.id);
  const held = (await shares.setFile({ sizeBytes: 100 }, sourceOf(bytes))).stat.id;
  payments.decide = () => Promise.reject(LOST);
  const answers = [
    await client.unary(SHARE_METHODS.getShare, { objectId }, HEADERS),
    await client.whole(SHARE_METHODS.readShares, { objectIds: [objectId], range: undefined }, HEADERS),
    await client.whole(FILE_METHODS.getFile, wholeFile(held), HEADERS),
  ];
  for (const { answers: sent, error } of answers) {
    assert.deepEqual(sent, []);
    assert.equal(error?.code, status.ABORTED);
    assert.equal(error?.details, LOST.message);
  }
});

test('a file is found and its first piece is verified before it is paid, and it streams afterwards', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const bytes = randomBytes(1_000_000);
  const { id } = (await shares.setFile({ sizeBytes: bytes.length }, sourceOf(bytes))).stat;
  let pieces = 0;
  shares.onPiece = () => pieces++;
  const decided = deferred();
  payments.decide = () => decided.promise;
  const call = client.download(FILE_METHODS.getFile, wholeFile(id), HEADERS);
  const received: GetFileResponse[] = [];
  call.on('data', (message: GetFileResponse) => void received.push(message));
  await eventually('the commit was sent', () => payments.steps.includes('commit'));
  assert.equal(pieces, 1);
  assert.deepEqual(received, []);
  decided.resolve();
  await once(call, 'end');
  assert.deepEqual(Buffer.concat(received.map(({ data }) => data)), bytes);
  await eventually('the work has ended', () => payments.steps.includes('answered'));
  assert.deepEqual(payments.steps, ['start', 'commit', 'work done', 'answered']);
});

test('a file whose first piece fails is not paid', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const { id } = (await shares.setFile({ sizeBytes: 300_000 }, sourceOf(randomBytes(300_000)))).stat;
  shares.falsify = () => {
    throw new ProvenderError('PROVENDER_CORRUPT', 'block 0 fails its check');
  };
  const { answers, error } = await client.whole(FILE_METHODS.getFile, wholeFile(id), HEADERS);
  assert.deepEqual(answers, []);
  assert.equal(error?.code, status.DATA_LOSS);
  assert.deepEqual(payments.steps, ['start', 'rollback']);
});

test('an empty file is paid and answered', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const { id } = (await shares.setFile({ sizeBytes: 0 }, sourceOf())).stat;
  const { answers } = await client.whole(FILE_METHODS.getFile, wholeFile(id), HEADERS);
  assert.deepEqual(
    answers.map(({ head, summary }) => [head?.length, summary?.sizeBytes]),
    [
      [0n, undefined],
      [undefined, 0n],
    ],
  );
  await eventually('the work has ended', () => payments.steps.includes('answered'));
  assert.deepEqual(payments.steps, ['start', 'commit', 'work done', 'answered']);
});

test('a batch is read before it is paid, and a stream of them is paid behind the first', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const objectId = Buffer.from((await shares.setShare(randomBytes(10))).stat.id);
  const objectIds = Array.from({ length: 130 }, () => objectId);
  const commits: number[] = [];
  let batches = 0;
  payments.decide = async () => void commits.push(batches);
  const enter = shares.getShares.bind(shares);
  shares.getShares = (ids, options) => {
    batches++;
    return enter(ids, options);
  };
  const { answers, error } = await client.whole(
    SHARE_METHODS.readShares,
    { objectIds, range: undefined },
    HEADERS,
  );
  assert.equal(error, undefined);
  assert.equal(answers.at(-1)?.summary?.items, 130);
  assert.deepEqual([commits, batches], [[1], 3]);
});

// payment-channels.md, section 14, (23)
test('a client that leaves a file behind its first bytes has paid for it', async () => {
  await using paid = await openPaidNode();
  const { client, node, payments, shares } = paid;
  const bytes = randomBytes(8_000_000);
  const { id } = (await shares.setFile({ sizeBytes: bytes.length }, sourceOf(bytes))).stat;
  const call = client.download(FILE_METHODS.getFile, wholeFile(id), HEADERS);
  const ended = new Promise((resolve) => call.on('error', resolve));
  await once(call, 'data');
  call.cancel();
  await ended;
  await eventually('its work has ended', () => node.server.runningCalls === 0 && payments.ended === 1);
  assert.deepEqual(payments.steps, ['start', 'commit']);
});

test('a set is paid by the storage service, between durable and published', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const bytes = randomBytes(5000);
  const id = idOf(OBJECT_KIND.file, bytes);
  payments.decide = () => assert.rejects(shares.statFile(id), { code: 'PROVENDER_NOT_FOUND' });
  const set = await client.upload(FILE_METHODS.setFile, upload(bytes), { headers: HEADERS }).ended;
  assert.equal(set.error, undefined);
  assert.equal((await shares.statFile(id)).sizeBytes, 5000);
  const [mark] = payments.marks;
  assert.deepEqual([mark?.replica, mark?.objectId], [9, id]);
  assert.equal(mark?.tag.length, 8);
  assert.deepEqual(payments.steps, ['start', 'commit', 'work done', 'answered']);
});

test('what is held already is paid for too, without a mark', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const data = randomBytes(50);
  await shares.setShare(data);
  const { answers } = await client.unary(SHARE_METHODS.setShare, { data, profile: undefined }, HEADERS);
  assert.equal(answers[0]?.result?.held, true);
  assert.deepEqual(payments.steps, ['start', 'work done', 'commit', 'answered']);
  assert.deepEqual(payments.marks, [undefined]);
});

test('a set whose payment is lost publishes nothing', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  payments.decide = () => Promise.reject(LOST);
  const data = randomBytes(50);
  const { error } = await client.unary(SHARE_METHODS.setShare, { data, profile: undefined }, HEADERS);
  assert.equal(error?.code, status.ABORTED);
  await assert.rejects(shares.statShare(idOf(OBJECT_KIND.chunk, data)), { code: 'PROVENDER_NOT_FOUND' });
});

// payment-channels.md, section 14, (22)
test('a stream longer or shorter than declared fails unpaid, and nothing is published', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const bytes = randomBytes(5000);
  for (const declared of [1, 4999, 5001]) {
    payments.steps.length = 0;
    const { error } = await client.upload(FILE_METHODS.setFile, upload(bytes, declared), { headers: HEADERS })
      .ended;
    assert.equal(error?.code, status.INVALID_ARGUMENT);
    assert.deepEqual(payments.steps, ['start', 'rollback']);
  }
  await assert.rejects(shares.statFile(idOf(OBJECT_KIND.file, bytes)), { code: 'PROVENDER_NOT_FOUND' });
});

test('the loss of the lease ends a call that is not paid yet', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const objectId = Buffer.from((await shares.setShare(randomBytes(10))).stat.id);
  const entered = deferred();
  let gates = 0;
  shares.gate = async (signal) => {
    if (++gates < 2) return; // the first one is for the price
    entered.resolve();
    await untilAborted(signal);
  };
  const call = client.unary(SHARE_METHODS.getShare, { objectId }, HEADERS);
  await entered.promise;
  payments.lease.abort(new ProvenderError('PROVENDER_UNAVAILABLE', 'the lease has ended'));
  const { error } = await call;
  assert.equal(error?.code, status.UNAVAILABLE);
  assert.match(error?.details ?? '', /lost its lease/);
  assert.deepEqual(payments.steps, ['start', 'rollback']);
});

test('the loss of the lease, and a caller that leaves, change nothing from the commit on', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const bytes = randomBytes(2_000_000);
  const { id } = (await shares.setFile({ sizeBytes: bytes.length }, sourceOf(bytes))).stat;
  payments.decide = async () => payments.lease.abort(new Error('gone'));
  const { answers, error } = await client.whole(FILE_METHODS.getFile, wholeFile(id), HEADERS);
  assert.equal(error, undefined);
  assert.equal(answers.at(-1)?.summary?.sizeBytes, 2_000_000n);
  const waiting = deferred();
  const decided = deferred();
  payments.decide = async () => {
    waiting.resolve();
    await decided.promise;
  };
  payments.steps.length = 0;
  const left = client.upload(FILE_METHODS.setFile, upload(randomBytes(77)), { headers: HEADERS });
  // a lease that is lost before the work begins ends it: this node has a new one
  assert.match((await left.ended).error?.details ?? '', /lost its lease/);
  assert.deepEqual(payments.steps, ['start', 'rollback']);
});

test('an upload whose caller leaves during its commit is published when that succeeds', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const waiting = deferred();
  const decided = deferred();
  payments.decide = async () => {
    waiting.resolve();
    await decided.promise;
  };
  const bytes = randomBytes(77);
  const left = client.upload(FILE_METHODS.setFile, upload(bytes), { headers: HEADERS });
  await waiting.promise;
  left.cancel();
  assert.equal((await left.ended).error?.code, status.CANCELLED);
  decided.resolve();
  await eventually('the work has ended', () => payments.steps.length > 2);
  assert.deepEqual(payments.steps, ['start', 'commit', 'work done', 'answered']);
  assert.equal((await shares.statFile(idOf(OBJECT_KIND.file, bytes))).sizeBytes, 77);
});
