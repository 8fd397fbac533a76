import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { OBJECT_KIND, type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import {
  FILE_METHODS,
  PRICE_METHODS,
  REGISTRY_METHODS,
  ROUND_METHODS,
  SHARE_METHODS,
} from '../../src/rpc/methods.ts';
import { type PlacedFiles, placedStat } from '../../src/rpc/placed-files.ts';
import { PayingClient, payingHeaders } from '../support/paying-client.ts';
import { idOf } from '../support/rpc-memory-shares.ts';
import { eventually, openRpcNode } from '../support/rpc-node.ts';
import { openPaidNode, ScriptedPayments, scriptedServices } from '../support/scripted-payments.ts';
import { sourceOf } from '../support/share-content.ts';

const HEADERS = payingHeaders({ id: 5n, amount: 10n });
const UNKNOWN = Buffer.alloc(32, 0xee);

/** The formula of payment-channels.md, section 2, once more. */
function price(perCall: number, perKiB: number, bytes: number): bigint {
  return BigInt(perCall + perKiB * Math.ceil(bytes / 1024));
}

function file(bytes: Uint8Array): ObjectId {
  return idOf(OBJECT_KIND.file, bytes);
}

test('a set is charged for the bytes that its first message declares', async () => {
  await using paid = await openPaidNode();
  const { client, payments } = paid;
  for (const size of [0, 1, 1024, 1025, 4096]) {
    const set = await client.unary(
      SHARE_METHODS.setShare,
      { data: randomBytes(size), profile: undefined },
      HEADERS,
    );
    assert.equal(set.error, undefined);
    assert.equal(payments.started.at(-1)?.call.price, price(1, 2, size));
  }
  const bytes = randomBytes(10_000);
  const header = { sizeBytes: 10_000n, objectId: Buffer.alloc(0), profile: undefined, placement: undefined };
  const messages = [
    { header, data: Buffer.alloc(0) },
    { header: undefined, data: bytes },
  ];
  const { error } = await client.upload(FILE_METHODS.setFile, messages, { headers: HEADERS }).ended;
  assert.equal(error, undefined);
  assert.equal(payments.started.at(-1)?.call.price, price(200, 4, 10_000));
  const chunks = [randomBytes(100), randomBytes(1000)].sort((a, b) =>
    Buffer.compare(idOf(OBJECT_KIND.chunk, a), idOf(OBJECT_KIND.chunk, b)),
  );
  const declared = { count: 2, sizeBytes: 1100n, objectId: Buffer.alloc(0), profile: undefined };
  const collection = [
    { header: declared, chunks: [] },
    { header: undefined, chunks },
  ];
  const set = await client.upload(SHARE_METHODS.setShares, collection, { headers: HEADERS }).ended;
  assert.equal(set.error, undefined);
  assert.equal(payments.started.at(-1)?.call.price, price(100, 3, 1100));
});

test('a read is charged for what is held of what it asks for', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const lastPrice = (): bigint | undefined => payments.started.at(-1)?.call.price;
  const chunk = (await shares.setShare(randomBytes(1500))).stat.id;
  const bytes = randomBytes(300_000);
  const objectId = Buffer.from((await shares.setFile({ sizeBytes: bytes.length }, sourceOf(bytes))).stat.id);
  assert.equal(
    (await client.unary(SHARE_METHODS.getShare, { objectId: Buffer.from(chunk) }, HEADERS)).error,
    undefined,
  );
  assert.equal(lastPrice(), price(0, 5, 1500));
  for (const [offset, length, served] of [
    [0n, undefined, 300_000],
    [299_000n, undefined, 1000],
    [5n, 2000n, 2000],
    [300_000n, undefined, 0],
  ] as const) {
    const request = { objectId, offset, length, receipt: undefined, heldHere: false };
    const { error } = await client.whole(FILE_METHODS.getFile, request, HEADERS);
    assert.equal(error, undefined);
    assert.equal(lastPrice(), price(500, 8, served));
  }
  // beyond the end there is nothing to pay for, and the call itself says what is wrong
  const beyond = { objectId, offset: 299_990n, length: 1000n, receipt: undefined, heldHere: false };
  assert.equal((await client.whole(FILE_METHODS.getFile, beyond, HEADERS)).error?.code, status.OUT_OF_RANGE);
  assert.equal(lastPrice(), price(500, 8, 10));
  assert.deepEqual(payments.steps.slice(-2), ['start', 'rollback']);
});

test('a batch is charged for the sum over what is found', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const ids = [
    (await shares.setShare(randomBytes(700))).stat.id,
    (await shares.setShare(randomBytes(400))).stat.id,
  ];
  const collection = (
    await shares.setShares({ count: 1, sizeBytes: 9 }, sourceOf([Buffer.from('collected')]))
  ).stat;
  const objectIds = [UNKNOWN, ids[0], ids[1], ids[0], UNKNOWN, collection.id].map((id) =>
    Buffer.from(id ?? UNKNOWN),
  );
  const got = await client.unary(SHARE_METHODS.getShares, { objectIds }, HEADERS);
  assert.deepEqual(
    got.answers[0]?.items.map(({ data, error }) => error?.code ?? data.length),
    ['PROVENDER_NOT_FOUND', 700, 400, 700, 'PROVENDER_NOT_FOUND', 0],
  );
  assert.equal(payments.started.at(-1)?.call.price, price(300, 6, 1800));
  await client.unary(SHARE_METHODS.getShares, { objectIds: [UNKNOWN] }, HEADERS);
  assert.equal(payments.started.at(-1)?.call.price, 300n, 'nothing found costs the call alone');
  const many = [...Array.from({ length: 200 }, () => Buffer.from(ids[1] ?? UNKNOWN)), UNKNOWN];
  await client.whole(SHARE_METHODS.readShares, { objectIds: many, range: undefined }, HEADERS);
  assert.equal(payments.started.at(-1)?.call.price, price(400, 7, 200 * 400));
});

test('a range of a collection is charged by its chunks, each as the 4096 bytes that it takes', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const chunks = Array.from({ length: 5 }, (_, i) => randomBytes(i + 1)).sort((a, b) =>
    Buffer.compare(idOf(OBJECT_KIND.chunk, a), idOf(OBJECT_KIND.chunk, b)),
  );
  const { id } = (await shares.setShares({ count: 5, sizeBytes: 15 }, sourceOf(chunks))).stat;
  const collectionId = Buffer.from(id);
  for (const [first, count, charged] of [
    [0, 0, 5],
    [1, 3, 3],
    [4, 0, 1],
  ] as const) {
    const request = { objectIds: [], range: { collectionId, first, count } };
    assert.equal((await client.whole(SHARE_METHODS.readShares, request, HEADERS)).error, undefined);
    assert.equal(payments.started.at(-1)?.call.price, price(400, 7, charged * 4096));
  }
});

test('what is not held is not found before any payment is looked at', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const chunk = Buffer.from((await shares.setShare(randomBytes(10))).stat.id);
  const anywhere = { offset: 0n, length: undefined, receipt: undefined, heldHere: false };
  const range = (collectionId: Buffer) => ({ objectIds: [], range: { collectionId, first: 0, count: 0 } });
  for (const headers of [HEADERS, new Metadata()]) {
    for (const { error } of [
      await client.unary(SHARE_METHODS.getShare, { objectId: UNKNOWN }, headers),
      await client.whole(FILE_METHODS.getFile, { objectId: UNKNOWN, ...anywhere }, headers),
      await client.whole(SHARE_METHODS.readShares, range(UNKNOWN), headers),
      await client.whole(SHARE_METHODS.readShares, range(chunk), headers),
    ]) {
      assert.equal(error?.code, status.NOT_FOUND, error?.message);
    }
  }
  assert.deepEqual(payments.steps, []);
});

test('a first message that is none is refused before any payment is looked at', async () => {
  await using paid = await openPaidNode();
  const { client, payments } = paid;
  const big = await client.unary(
    SHARE_METHODS.setShare,
    { data: Buffer.alloc(4097), profile: undefined },
    HEADERS,
  );
  const content = [{ header: undefined, data: Buffer.alloc(1) }];
  const noHeader = await client.upload(FILE_METHODS.setFile, content, { headers: HEADERS }).ended;
  const noMessage = await client.upload(SHARE_METHODS.setShares, [], { headers: HEADERS }).ended;
  const declared = { count: 0, sizeBytes: 0n, objectId: Buffer.alloc(0), profile: undefined };
  const empty = await client.upload(SHARE_METHODS.setShares, [{ header: declared, chunks: [] }], {
    headers: HEADERS,
  }).ended;
  for (const { error } of [big, noHeader, noMessage, empty])
    assert.equal(error?.code, status.INVALID_ARGUMENT, error?.message);
  const placed = {
    sizeBytes: 1n,
    objectId: Buffer.alloc(0),
    profile: undefined,
    placement: { replicas: 3, name: '' },
  };
  const wish = [{ header: placed, data: Buffer.alloc(0) }];
  const noNetwork = await client.upload(FILE_METHODS.setFile, wish, { headers: HEADERS }).ended;
  assert.equal(noNetwork.error?.code, status.UNIMPLEMENTED);
  assert.deepEqual(payments.steps, []);
});

// payment-channels.md, section 14, (21)
test('a first message that is withheld takes no lock', async () => {
  await using paid = await openPaidNode({ limits: { idleMs: 200 } });
  const { client, payments, node } = paid;
  const { ended } = client.upload(FILE_METHODS.setFile, [], { headers: HEADERS, isLeftOpen: true });
  await eventually('the call is there', () => node.server.runningCalls === 1);
  assert.equal((await ended).error?.code, status.DEADLINE_EXCEEDED);
  assert.deepEqual(payments.steps, []);
});

test('a call that costs nothing passes without headers, and is validated with them', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const objectId = Buffer.from((await shares.setShare(randomBytes(10))).stat.id);
  assert.equal((await client.unary(SHARE_METHODS.statShare, { objectId })).error, undefined);
  assert.deepEqual(payments.steps, []);
  payments.refusal = new ProvenderError('PROVENDER_UNPAID', 'income 4 does not equal to price 0');
  const { error } = await client.unary(SHARE_METHODS.statShare, { objectId }, HEADERS);
  assert.equal(error?.code, status.UNAUTHENTICATED);
  assert.equal(payments.started[0]?.call.price, 0n);
  assert.equal(payments.started[0]?.call.method, 'StatShare');
  // nothing to serve costs nothing in a method that has a price by size alone
  const empty = Buffer.from((await shares.setShare(new Uint8Array())).stat.id);
  assert.equal((await client.unary(SHARE_METHODS.getShare, { objectId: empty })).error, undefined);
});

test('a call that has a price and no headers is not served', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const objectId = Buffer.from((await shares.setShare(randomBytes(10))).stat.id);
  const data = randomBytes(5);
  const answers = [
    await client.unary(SHARE_METHODS.getShare, { objectId }),
    await client.unary(SHARE_METHODS.setShare, { data, profile: undefined }),
    await client.unary(FILE_METHODS.statFile, { objectId }),
  ];
  for (const { error } of answers) {
    assert.equal(error?.code, status.INVALID_ARGUMENT);
    assert.equal(error?.details, 'missing "snet-payment-channel-id"');
  }
  assert.deepEqual(payments.steps, []);
  await assert.rejects(shares.statShare(idOf(OBJECT_KIND.chunk, data)), { code: 'PROVENDER_NOT_FOUND' });
});

test('the fingerprint of a request is that of its method and its first message', async () => {
  await using paid = await openPaidNode();
  const { client, payments } = paid;
  const request = { data: Buffer.from('the same'), profile: undefined };
  const { path, requestSerialize } = SHARE_METHODS.setShare;
  await client.unary(SHARE_METHODS.setShare, request, HEADERS);
  await client.unary(SHARE_METHODS.setShare, request, HEADERS);
  await client.unary(SHARE_METHODS.setShare, { ...request, data: Buffer.from('another') }, HEADERS);
  const [one, same, other] = payments.started.map(({ call }) => Buffer.from(call.request).toString('hex'));
  const wanted = createHash('sha256').update(`${path}\0`).update(requestSerialize(request)).digest('hex');
  assert.equal(one, wanted);
  assert.equal(same, wanted);
  assert.notEqual(other, wanted);
});

test('operators, nodes of a network and those who ask for prices pay nothing', async () => {
  const payments = new ScriptedPayments();
  const schedule = {
    version: 1,
    default: { perCall: 9n, perKiB: 0n },
    methods: { ListFiles: { perCall: 9n, perKiB: 0n }, GetHead: { perCall: 9n, perKiB: 0n } },
  };
  await using node = await openRpcNode({ payments: scriptedServices(payments, { schedule }) });
  using client = new PayingClient(node.server.address);
  const list = { kind: 0, after: Buffer.alloc(0), limit: 0 } as const;
  assert.equal((await client.unary(FILE_METHODS.listFiles, list, HEADERS)).error, undefined);
  assert.equal((await client.unary(PRICE_METHODS.getSchedule, {}, HEADERS)).error, undefined);
  for (const { error } of [
    await client.unary(ROUND_METHODS.getHead, {}),
    await client.unary(REGISTRY_METHODS.getNetwork, {}),
  ])
    assert.match(error?.details ?? '', /belongs to no network/);
  assert.deepEqual(payments.steps, []);
  const { error } = await client.unary(SHARE_METHODS.statShare, { objectId: UNKNOWN });
  assert.equal(error?.details, 'missing "snet-payment-channel-id"', 'the default holds for all others');
});

test('files of holders have the same prices, and are priced without asking the holders', async () => {
  const bytes = randomBytes(5000);
  const opened: string[] = [];
  const placement: PlacedFiles = {
    put: async (declared, source) => {
      for await (const _ of source);
      const stat = placedStat({ id: file(bytes), sizeBytes: declared.sizeBytes, profile: 2 });
      return { stat, held: false, commR: new Uint8Array(), receipt: Buffer.from('receipt') };
    },
    stat: async (id, { receipt }) => {
      if (receipt === undefined) throw new ProvenderError('PROVENDER_NOT_FOUND', 'neither here nor placed');
      return placedStat({ id, sizeBytes: bytes.length, profile: 2 });
    },
    open: async (id, { offset = 0, length = bytes.length - offset }) => {
      opened.push(objectIdHex(id));
      const stat = placedStat({ id, sizeBytes: bytes.length, profile: 2 });
      return { stat, offset, length, data: sourceOf(bytes.subarray(offset, offset + length)) };
    },
  };
  await using paid = await openPaidNode({ placement });
  const { client, payments } = paid;
  const objectId = Buffer.from(file(bytes));
  const header = { sizeBytes: 5000n, objectId, profile: undefined, placement: { replicas: 3, name: '' } };
  const messages = [
    { header, data: Buffer.alloc(0) },
    { header: undefined, data: bytes },
  ];
  const put = await client.upload(FILE_METHODS.setFile, messages, { headers: HEADERS }).ended;
  assert.equal(put.answers[0]?.receipt.toString(), 'receipt');
  assert.equal(payments.started.at(-1)?.call.price, price(200, 4, 5000));
  assert.deepEqual(payments.steps, ['start', 'work done', 'commit', 'answered']);
  const get = { objectId, offset: 100n, length: 3000n, receipt: Buffer.from('receipt'), heldHere: false };
  payments.refusal = new ProvenderError('PROVENDER_UNPAID', 'not paid');
  assert.equal((await client.whole(FILE_METHODS.getFile, get, HEADERS)).error?.details, 'not paid');
  assert.deepEqual(opened, []);
  payments.refusal = undefined;
  const got = await client.whole(FILE_METHODS.getFile, get, HEADERS);
  assert.deepEqual(Buffer.concat(got.answers.map(({ data }) => data)), bytes.subarray(100, 3100));
  assert.equal(payments.started.at(-1)?.call.price, price(500, 8, 3000));
  const unknown = await client.whole(FILE_METHODS.getFile, { ...get, receipt: undefined }, HEADERS);
  assert.equal(unknown.error?.code, status.NOT_FOUND);
  const elsewhere = await client.whole(FILE_METHODS.getFile, { ...get, heldHere: true }, HEADERS);
  assert.equal(elsewhere.error?.code, status.NOT_FOUND);
});
