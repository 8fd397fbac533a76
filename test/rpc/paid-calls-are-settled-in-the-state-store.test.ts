import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { OBJECT_KIND } from '../../src/content/object-id.ts';
import { FILE_METHODS, SHARE_METHODS } from '../../src/rpc/methods.ts';
import { openPaidServer, type PaidServer, signedHeaders } from '../support/paid-server.ts';
import { idOf } from '../support/rpc-memory-shares.ts';
import { eventually } from '../support/rpc-node.ts';
import { sourceOf } from '../support/share-content.ts';
import { until } from '../support/until.ts';

const MIB = 1024 * 1024;

/** What is settled: amount, and whether the channel is free. */
async function settled(paid: PaidServer): Promise<{ amount: bigint | undefined; isLocked: boolean }> {
  return { amount: (await paid.record())?.authorizedAmount, isLocked: await paid.isLocked() };
}

async function aChunk({ shares }: PaidServer, size: number): Promise<Buffer> {
  return Buffer.from((await shares.setShare(randomBytes(size))).stat.id);
}

async function aFile({ shares }: PaidServer, size: number) {
  const { id } = (await shares.setFile({ sizeBytes: size }, sourceOf(randomBytes(size)))).stat;
  return { objectId: Buffer.from(id), offset: 0n, length: undefined, receipt: undefined, heldHere: false };
}

test('a paid call moves the amount of its channel, and the same payment is not taken again', async () => {
  await using paid = await openPaidServer();
  const objectId = await aChunk(paid, 1500);
  const headers = await signedHeaders(10n);
  const { answers } = await paid.client.unary(SHARE_METHODS.getShare, { objectId }, headers);
  assert.equal(answers[0]?.data.length, 1500);
  assert.deepEqual(await settled(paid), { amount: 10n, isLocked: false });
  const again = await paid.client.unary(SHARE_METHODS.getShare, { objectId }, headers);
  assert.equal(again.error?.code, status.UNAUTHENTICATED);
  assert.equal(again.error?.details, 'income 0 does not equal to price 10');
  const more = await paid.client.unary(SHARE_METHODS.getShare, { objectId }, await signedHeaders(21n));
  assert.equal(more.error?.details, 'income 11 does not equal to price 10');
  const next = await paid.client.unary(SHARE_METHODS.getShare, { objectId }, await signedHeaders(20n));
  assert.equal(next.error, undefined);
  assert.deepEqual(await settled(paid), { amount: 20n, isLocked: false });
});

test('one payment that is sent many times at once is taken once', async () => {
  await using paid = await openPaidServer();
  const objectId = await aChunk(paid, 1000);
  const headers = await signedHeaders(5n);
  const calls = Array.from({ length: 24 }, () =>
    paid.client.unary(SHARE_METHODS.getShare, { objectId }, headers.clone()),
  );
  const ends = await Promise.all(calls);
  assert.equal(ends.filter(({ error }) => error === undefined).length, 1);
  for (const { error } of ends)
    assert.match(
      error?.details ?? 'income 0 does not equal to price 5',
      /^(another transaction on channel: \{ID: 42\} is in progress|income 0 does not equal to price 5)$/,
    );
  assert.deepEqual(await settled(paid), { amount: 5n, isLocked: false });
});

test('a channel that has a call refuses the next one until that has ended', async () => {
  await using paid = await openPaidServer();
  const objectId = await aChunk(paid, 1000);
  let isOpen = false;
  const { gate } = paid.shares;
  let entered = 0;
  paid.shares.gate = async () => {
    if (++entered > 1) await eventually('the gate is open', () => isOpen);
  };
  const first = paid.client.unary(SHARE_METHODS.getShare, { objectId }, await signedHeaders(5n));
  await until('the channel is locked', () => paid.isLocked());
  paid.shares.gate = gate;
  const second = await paid.client.unary(SHARE_METHODS.getShare, { objectId }, await signedHeaders(5n));
  assert.equal(second.error?.code, status.FAILED_PRECONDITION);
  assert.equal(second.error?.details, 'another transaction on channel: {ID: 42} is in progress');
  isOpen = true;
  assert.equal((await first).error, undefined);
  assert.deepEqual(await settled(paid), { amount: 5n, isLocked: false });
});

test('a set of each kind is paid and published', async () => {
  await using paid = await openPaidServer();
  const { client, shares } = paid;
  const data = randomBytes(100);
  const chunk = await client.unary(
    SHARE_METHODS.setShare,
    { data, profile: undefined },
    await signedHeaders(3n),
  );
  assert.equal(chunk.answers[0]?.result?.held, false);
  const bytes = randomBytes(3000);
  const header = { sizeBytes: 3000n, objectId: Buffer.alloc(0), profile: undefined, placement: undefined };
  const file = [
    { header, data: Buffer.alloc(0) },
    { header: undefined, data: bytes },
  ];
  const set = await client.upload(FILE_METHODS.setFile, file, { headers: await signedHeaders(215n) }).ended;
  assert.equal(set.error, undefined);
  assert.equal((await shares.statFile(idOf(OBJECT_KIND.file, bytes))).sizeBytes, 3000);
  assert.deepEqual(await settled(paid), { amount: 215n, isLocked: false });
  await until('no mark is left', async () => {
    const { records } = await paid.state.range(paid.keys.paidMarks);
    return records.length === 0;
  });
});

// payment-channels.md, section 14, (22)
test('a stream longer than declared fails unpaid, and the same payment is good for the next call', async () => {
  await using paid = await openPaidServer();
  const bytes = randomBytes(3000);
  const header = { sizeBytes: 1000n, objectId: Buffer.alloc(0), profile: undefined, placement: undefined };
  const messages = (sizeBytes: bigint) => [
    { header: { ...header, sizeBytes }, data: Buffer.alloc(0) },
    { header: undefined, data: bytes },
  ];
  const headers = await signedHeaders(204n);
  const long = await paid.client.upload(FILE_METHODS.setFile, messages(1000n), { headers }).ended;
  assert.equal(long.error?.code, status.INVALID_ARGUMENT);
  assert.deepEqual(await settled(paid), { amount: undefined, isLocked: false });
  await assert.rejects(paid.shares.statFile(idOf(OBJECT_KIND.file, bytes)), { code: 'PROVENDER_NOT_FOUND' });
  const objectId = await aChunk(paid, 4096);
  assert.match(
    (await paid.client.unary(SHARE_METHODS.getShare, { objectId }, headers)).error?.details ?? '',
    /^income 204 does not equal to price 20$/,
  );
});

// payment-channels.md, section 14, (21)
test('an upload whose first message is withheld leaves its channel to others', async () => {
  await using paid = await openPaidServer();
  const objectId = await aChunk(paid, 1000);
  const held = paid.client.upload(FILE_METHODS.setFile, [], {
    headers: await signedHeaders(204n),
    isLeftOpen: true,
  });
  await eventually('the upload is there', () => paid.server.runningCalls === 1);
  assert.equal(await paid.isLocked(), false);
  const { error } = await paid.client.unary(SHARE_METHODS.getShare, { objectId }, await signedHeaders(5n));
  assert.equal(error, undefined);
  held.cancel();
  assert.equal((await held.ended).error?.code, status.CANCELLED);
});

// payment-channels.md, section 14, (23)
test('a client that leaves a file in the middle has paid, and has no right to repeat', async () => {
  await using paid = await openPaidServer();
  const request = await aFile(paid, 16 * MIB);
  const headers = await signedHeaders(500n + 8n * 16n * 1024n);
  paid.chain.change(42n, { value: 10_000_000n });
  const call = paid.client.download(FILE_METHODS.getFile, request, headers);
  const ended = new Promise((resolve) => call.on('error', resolve));
  await once(call, 'data');
  call.cancel();
  await ended;
  await eventually('its work has ended', () => paid.server.runningCalls === 0);
  await until('it is settled', async () => (await settled(paid)).amount === 500n + 8n * 16n * 1024n);
  const again = await paid.client.whole(FILE_METHODS.getFile, request, headers);
  assert.equal(again.error?.code, status.UNAUTHENTICATED);
  assert.equal((await paid.record())?.repeat, false);
});

test('a file that fails behind its first piece may be fetched again with the same payment, and that once', async () => {
  await using paid = await openPaidServer();
  const request = await aFile(paid, MIB);
  const other = await aFile(paid, MIB);
  paid.chain.change(42n, { value: 100_000n });
  const headers = await signedHeaders(500n + 8n * 1024n);
  const whole = paid.shares.falsify;
  let pieces = 0;
  paid.shares.falsify = (piece) => {
    if (++pieces === 3) throw new Error('the disk is gone');
    return piece;
  };
  const failed = await paid.client.whole(FILE_METHODS.getFile, request, headers);
  assert.equal(failed.error?.code, status.INTERNAL);
  assert.ok(failed.answers.length > 0);
  paid.shares.falsify = whole;
  await until('it may be repeated', async () => (await paid.record())?.repeat === true);
  const wrong = await paid.client.whole(FILE_METHODS.getFile, other, headers);
  assert.match(wrong.error?.details ?? '', /^income 0 does not equal to price/);
  const again = await paid.client.whole(FILE_METHODS.getFile, request, headers);
  assert.equal(again.error, undefined);
  assert.equal(again.answers.at(-1)?.summary?.sizeBytes, BigInt(MIB));
  const third = await paid.client.whole(FILE_METHODS.getFile, request, headers);
  assert.equal(third.error?.code, status.UNAUTHENTICATED);
  assert.deepEqual(await settled(paid), { amount: 500n + 8n * 1024n, isLocked: false });
});

test('a call that costs nothing is validated with income 0 when it brings a payment', async () => {
  await using paid = await openPaidServer();
  const objectId = await aChunk(paid, 1024);
  await paid.client.unary(SHARE_METHODS.getShare, { objectId }, await signedHeaders(5n));
  const same = await paid.client.unary(SHARE_METHODS.statShare, { objectId }, await signedHeaders(5n));
  assert.equal(same.error, undefined);
  const more = await paid.client.unary(SHARE_METHODS.statShare, { objectId }, await signedHeaders(6n));
  assert.equal(more.error?.details, 'income 1 does not equal to price 0');
  assert.deepEqual(await settled(paid), { amount: 5n, isLocked: false });
});

test('a failing call leaves its channel as it was', async () => {
  await using paid = await openPaidServer();
  const request = await aFile(paid, 1000);
  const headers = await signedHeaders(508n);
  const beyond = { ...request, offset: 500n, length: 1000n };
  const { error } = await paid.client.whole(FILE_METHODS.getFile, beyond, headers);
  assert.equal(error?.code, status.OUT_OF_RANGE);
  assert.deepEqual(await settled(paid), { amount: undefined, isLocked: false });
  assert.equal((await paid.client.whole(FILE_METHODS.getFile, request, headers)).error, undefined);
});

test('a node that ends in the middle of a file lets it be fetched again', async () => {
  await using paid = await openPaidServer();
  const request = await aFile(paid, 16 * MIB);
  paid.chain.change(42n, { value: 10_000_000n });
  const call = paid.client.download(
    FILE_METHODS.getFile,
    request,
    await signedHeaders(500n + 8n * 16n * 1024n),
  );
  const ended = new Promise((resolve) => call.on('error', resolve));
  await once(call, 'data');
  call.pause();
  await paid.server.close({ force: true });
  await ended;
  await until('it may be repeated', async () => (await paid.record())?.repeat === true);
});

test('a reader that stops reading has paid, and has no right to repeat', async () => {
  await using paid = await openPaidServer({ limits: { idleMs: 300 } });
  const request = await aFile(paid, 32 * MIB);
  paid.chain.change(42n, { value: 10_000_000n });
  const headers = await signedHeaders(500n + 8n * 32n * 1024n);
  const call = paid.client.download(FILE_METHODS.getFile, request, headers);
  const ended = new Promise((resolve) => call.on('error', resolve));
  await once(call, 'data');
  call.pause();
  await eventually('it is let go', () => paid.server.runningCalls === 0);
  call.resume();
  await ended;
  const again = await paid.client.whole(FILE_METHODS.getFile, request, headers);
  assert.equal(again.error?.code, status.UNAUTHENTICATED);
  assert.equal((await paid.record())?.repeat, false);
});
