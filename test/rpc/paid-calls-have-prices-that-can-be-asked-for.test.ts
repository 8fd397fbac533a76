import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { OBJECT_KIND, type ObjectId } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { QuotedRange, QuoteRequest } from '../../src/generated/provender/v1/price_service.ts';
import {
  CHANNEL_STATE_METHODS,
  FILE_METHODS,
  PRICE_METHODS,
  PROVIDER_CONTROL_METHODS,
  SHARE_METHODS,
} from '../../src/rpc/methods.ts';
import { PayingClient, payingHeaders } from '../support/paying-client.ts';
import { idOf } from '../support/rpc-memory-shares.ts';
import { openRpcNode } from '../support/rpc-node.ts';
import { openPaidNode, type PaidNode, SCHEDULE } from '../support/scripted-payments.ts';
import { sourceOf } from '../support/share-content.ts';

const HEADERS = payingHeaders({ id: 5n, amount: 10n });

async function quoted({ client }: PaidNode, method: string, content: QuoteRequest['content']) {
  const { answers, error } = await client.unary(PRICE_METHODS.quote, { method, content });
  const [answer] = answers;
  return answer === undefined ? [error?.code, error?.details] : [BigInt(answer.price), answer.sizeBytes];
}

function range(id: ObjectId, part: Partial<QuotedRange> = {}): QuoteRequest['content'] {
  const value = { objectId: Buffer.from(id), offset: 0n, length: undefined, receipt: undefined, ...part };
  return { $case: 'range', value };
}

test('the schedule comes with all that a channel has to be opened with', async () => {
  let isBlind = false;
  const chain = {
    currentBlock: () => {
      if (isBlind) throw new ProvenderError('PROVENDER_CHANNEL', 'no block was seen for 60 s');
      return 1234n;
    },
  };
  await using paid = await openPaidNode({}, { chain });
  const { answers } = await paid.client.unary(PRICE_METHODS.getSchedule, {});
  const { methods, ...rest } = answers[0] ?? assert.fail('no schedule came');
  assert.deepEqual(rest, {
    version: 3n,
    defaultPrice: { perCall: '0', perKib: '0' },
    organization: 'my-org',
    groupId: Buffer.alloc(32, 3),
    paymentAddress: Buffer.from('00000000000000000000000000000000000000bb', 'hex'),
    mpeAddress: Buffer.from('00000000000000000000000000000000000000cc', 'hex'),
    evmChainId: 31_337n,
    currentBlock: 1234n,
  });
  assert.deepEqual(Object.keys(methods).sort(), Object.keys(SCHEDULE.methods).sort());
  assert.deepEqual(methods['SetFile'], { perCall: '200', perKib: '4' });
  isBlind = true;
  const blind = await paid.client.unary(PRICE_METHODS.getSchedule, {});
  assert.equal(blind.answers[0]?.currentBlock, undefined, 'prices are told without the chain too');
});

test('what a quote says is what the call costs', async () => {
  await using paid = await openPaidNode();
  const { client, payments, shares } = paid;
  const chunk = (await shares.setShare(randomBytes(1500))).stat.id;
  const file = (await shares.setFile({ sizeBytes: 70_000 }, sourceOf(randomBytes(70_000)))).stat.id;
  const chunks = [randomBytes(10), randomBytes(20), randomBytes(30)].sort((a, b) =>
    Buffer.compare(idOf(OBJECT_KIND.chunk, a), idOf(OBJECT_KIND.chunk, b)),
  );
  const collection = (await shares.setShares({ count: 3, sizeBytes: 60 }, sourceOf(chunks))).stat.id;
  const lastPrice = (): bigint | undefined => payments.started.at(-1)?.call.price;
  await client.unary(SHARE_METHODS.getShare, { objectId: Buffer.from(chunk) }, HEADERS);
  assert.deepEqual(await quoted(paid, 'GetShare', range(chunk)), [lastPrice(), 1500n]);
  const request = { objectId: Buffer.from(file), offset: 60_000n, length: undefined, receipt: undefined };
  await client.whole(FILE_METHODS.getFile, { ...request, heldHere: false }, HEADERS);
  assert.deepEqual(await quoted(paid, 'GetFile', range(file, { offset: 60_000n })), [lastPrice(), 10_000n]);
  const beyond = range(file, { offset: 60_000n, length: 99_999n });
  assert.deepEqual(await quoted(paid, 'GetFile', beyond), [lastPrice(), 10_000n], 'clipped to the file');
  const whole = { collectionId: Buffer.from(collection), first: 0, count: 0 };
  await client.whole(SHARE_METHODS.readShares, { objectIds: [], range: whole }, HEADERS);
  assert.deepEqual(await quoted(paid, 'ReadShares', range(collection)), [lastPrice(), 3n * 4096n]);
  await client.unary(SHARE_METHODS.setShare, { data: randomBytes(1025), profile: undefined }, HEADERS);
  assert.deepEqual(await quoted(paid, 'SetShare', { $case: 'sizeBytes', value: 1025n }), [
    lastPrice(),
    1025n,
  ]);
  assert.deepEqual(await quoted(paid, 'VerifyShare', undefined), [800n, 0n]);
  assert.deepEqual(await quoted(paid, 'StatShare', undefined), [0n, 0n]);
});

test('what is free whatever the schedule says is quoted so', async () => {
  const schedule = { version: 4, default: { perCall: 9n, perKiB: 0n }, methods: {} };
  await using paid = await openPaidNode({}, { schedule });
  for (const method of ['ListFiles', 'GetHead', 'GetNode', 'FetchContent', 'GetSchedule', 'StartClaim'])
    assert.deepEqual(await quoted(paid, method, undefined), [0n, 0n], method);
  assert.deepEqual(await quoted(paid, 'StatShare', undefined), [9n, 0n]);
  assert.deepEqual(await quoted(paid, 'StatShares', undefined), [
    status.INVALID_ARGUMENT,
    'no method is called "StatShares"; write one such as SetFile',
  ]);
});

test('a question for a price that is none is refused', async () => {
  await using paid = await openPaidNode();
  const unknown = idOf(OBJECT_KIND.file, randomBytes(9));
  const sizeBytes = (value: bigint) => ({ $case: 'sizeBytes', value }) as const;
  for (const [method, content, code] of [
    ['GetFile', undefined, status.INVALID_ARGUMENT],
    ['VerifyShare', sizeBytes(1n), status.INVALID_ARGUMENT],
    ['SetFile', sizeBytes(2n ** 53n), status.INVALID_ARGUMENT],
    ['GetFile', range(unknown), status.NOT_FOUND],
    ['GetShare', range(unknown), status.NOT_FOUND],
    ['GetFile', range(unknown, { objectId: Buffer.alloc(31) }), status.INVALID_ARGUMENT],
  ] as const)
    assert.equal((await quoted(paid, method, content))[0], code, `${method} ${content?.$case}`);
});

test('a node that takes no payments ignores their headers, and says so when it is asked for prices', async () => {
  await using node = await openRpcNode();
  using client = new PayingClient(node.server.address);
  const objectId = Buffer.from((await node.shares.setShare(randomBytes(10))).stat.id);
  const nonsense = payingHeaders({ id: 5n, amount: 10n });
  nonsense.set('snet-payment-type', 'nonsense');
  nonsense.set('snet-payment-channel-id', '0x2a');
  assert.equal((await client.unary(SHARE_METHODS.getShare, { objectId }, nonsense)).error, undefined);
  const signature = Buffer.alloc(65);
  const list = { mpeAddress: '', currentBlock: 0n, signature };
  for (const { error } of [
    await client.unary(PRICE_METHODS.getSchedule, {}),
    await client.unary(PRICE_METHODS.quote, { method: 'GetShare', content: undefined }),
    await client.unary(CHANNEL_STATE_METHODS.getChannelState, {
      channelId: objectId,
      signature,
      currentBlock: 0n,
    }),
    await client.unary(PROVIDER_CONTROL_METHODS.getListUnclaimed, list),
    await client.unary(PROVIDER_CONTROL_METHODS.getListInProgress, list),
    await client.unary(PROVIDER_CONTROL_METHODS.startClaim, {
      mpeAddress: '',
      channelId: objectId,
      signature,
    }),
    await client.unary(PROVIDER_CONTROL_METHODS.startClaimForMultipleChannels, { ...list, channelIds: [] }),
  ]) {
    assert.equal(error?.code, status.UNIMPLEMENTED);
    assert.equal(error?.details, 'this node takes no payments: its calls cost nothing');
  }
});
