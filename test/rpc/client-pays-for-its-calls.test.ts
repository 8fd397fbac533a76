import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { OBJECT_KIND, objectIdHex } from '../../src/content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../src/content/provender-error.ts';
import type { PaidEvent } from '../../src/rpc/client/index.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { deferred } from '../support/deferred.ts';
import { CHANNEL_ID, MPE, openPayingNode, openWallet } from '../support/paying-node.ts';
import { eventually } from '../support/rpc-node.ts';
import { idOf } from '../support/rpc-memory-shares.ts';

const chunk = (value: number, length = 1500): Uint8Array => new Uint8Array(length).fill(value);
const code = (expected: string) => (error: unknown) => isProvenderError(error) && error.code === expected;

async function recordOf(directory: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(`${directory}/${MPE}-${CHANNEL_ID}.json`, 'utf8'));
}

test('each call is paid with its price, and the file says what was', async () => {
  const paid: PaidEvent[] = [];
  await using paying = await openPayingNode({ wallet: { onPaid: (event) => void paid.push(event) } });
  const { node, ledger, scratch } = paying;
  const { client } = node;
  const { stat } = await client.setShare(chunk(1)); // 1 + 2 * 2
  await client.getShare(stat.id); // 5 * 2
  const file = await client.setFile({ sizeBytes: 3000 }, [chunk(2, 3000)]); // 200 + 4 * 3
  const reading = await client.getFile(file.stat.id, { offset: 1000, length: 1500 }); // 500 + 8 * 2
  for await (const _piece of reading.data);
  const set = await client.setShares([chunk(3, 4096), chunk(4, 4096)]); // 100 + 3 * 8
  for await (const _items of client.readShares({ collection: set.stat.id, first: 0 })); // 400 + 7 * 8
  await client.statFile(file.stat.id); // 600
  for await (const _roots of client.fileRoots(file.stat.id)); // 700
  assert.deepEqual(
    ledger.taken.map(({ method, income }) => [method, income]),
    [
      ['SetShare', 5n],
      ['GetShare', 10n],
      ['SetFile', 212n],
      ['GetFile', 516n],
      ['SetShares', 124n],
      ['ReadShares', 456n],
      ['StatFile', 600n],
      ['GetFileRoots', 700n],
    ],
  );
  assert.deepEqual(ledger.refused, []);
  assert.equal(paid.at(-1)?.amount, ledger.sum());
  assert.deepEqual(await recordOf(scratch.path), {
    v: 1,
    t: 'wallet-channel',
    mpe: MPE.slice(2),
    evmChainId: '31337',
    channelId: '42',
    payer: paid.length > 0 ? (await recordOf(scratch.path))['payer'] : '',
    nonce: '0',
    accepted: String(ledger.sum()),
  });
  assert.deepEqual(await readdir(scratch.path), [`${MPE}-42.json`], 'no lock and no temporary file stays');
});

test('free calls carry no payment, and the channel is asked for once in all', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  const { stat } = await node.client.setShare(chunk(1));
  await node.client.statShare(stat.id);
  await node.client.listFiles();
  await node.client.setShare(chunk(2));
  assert.equal(ledger.asked.length, 2);
  assert.equal(ledger.states, 1);
});

test('of a batch whose chunks are short or missing, the node says the lower price and gets that', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  const ids = [1, 2].map((value) => idOf(OBJECT_KIND.chunk, chunk(value)));
  await node.client.setShare(chunk(1));
  const items = await node.client.getShares(ids); // 300 + 6 * 2 of 1500 bytes
  assert.equal(items.length, 2);
  assert.equal(ledger.taken.at(-1)?.income, 312n);
  assert.equal(ledger.refused.length, 1);
});

test('a price above what the payer allows is not paid', async () => {
  await using paying = await openPayingNode({ wallet: { maxPrice: 4n } });
  const { node, ledger } = paying;
  await assert.rejects(node.client.setShare(chunk(1)), /SetShare costs 5, you allow 4/);
  assert.equal(ledger.asked.length, 0);
  await node.client.setShare(chunk(1, 1000)); // 1 + 2
});

test('calls on one channel wait for each other', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((value) => node.client.setShare(chunk(value))));
  assert.equal(ledger.taken.length, 8);
  assert.deepEqual(ledger.refused, []);
});

test('a channel that is busy is tried again while there is time', async () => {
  await using paying = await openPayingNode({ client: { timeoutMs: 20_000 } });
  const { node, ledger } = paying;
  ledger.isBusy = true;
  const set = node.client.setShare(chunk(1));
  await eventually('three refusals', () => ledger.refused.length >= 3);
  ledger.isBusy = false;
  await set;
  assert.equal(ledger.taken.length, 1);
  assert.equal(new Set(ledger.asked.map(({ amount }) => amount)).size, 1);
});

test('an upload that finds the channel busy is sent again from its beginning', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  ledger.isBusy = true;
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield chunk(1, 300_000);
    await eventually('a refusal', () => ledger.refused.length > 0);
    ledger.isBusy = false;
    yield chunk(2, 300_000);
  };
  const { stat } = await node.client.setFile({ sizeBytes: 600_000 }, pieces());
  const sent = Buffer.concat([chunk(1, 300_000), chunk(2, 300_000)]);
  assert.deepEqual(objectIdHex(stat.id), objectIdHex(idOf(OBJECT_KIND.file, sent)));
  assert.equal(ledger.taken.length, 1);
});

test('what is refused before it is paid gives its amount to the next call', async () => {
  await using paying = await openPayingNode();
  const { node, ledger, scratch } = paying;
  await node.client.setShare(chunk(1));
  ledger.at = async () => {
    throw new ProvenderError('PROVENDER_OVER_QUOTA', 'full');
  };
  await assert.rejects(node.client.setShare(chunk(2, 4096)), code('PROVENDER_OVER_QUOTA'));
  assert.equal('trying' in (await recordOf(scratch.path)), false);
  ledger.at = async () => undefined;
  await node.client.setShare(chunk(3));
  assert.deepEqual(
    ledger.taken.map(({ income }) => income),
    [5n, 5n],
  );
  assert.deepEqual(ledger.refused, []);
});

test('a fault before the payment is taken: the identical payment is sent again', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  let faults = 2;
  ledger.at = async (point) => {
    if (point === 'locked' && faults-- > 0) throw new ProvenderError('PROVENDER_UNAVAILABLE', 'gone');
  };
  await node.client.setShare(chunk(1));
  assert.equal(ledger.asked.length, 3);
  assert.equal(new Set(ledger.asked.map(({ signature }) => Buffer.from(signature).toString('hex'))).size, 1);
  assert.equal(ledger.sum(), 5n);
});

test('a fault behind the payment: a node that owes the call serves it, without another payment', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  let faults = 1;
  ledger.at = async (point, { request }) => {
    if (point !== 'paid' || faults-- === 0) return;
    ledger.owed = request;
    throw new ProvenderError('PROVENDER_PAYMENT_UNKNOWN', 'payment state is unknown, channel id: 42');
  };
  await node.client.setShare(chunk(1));
  assert.deepEqual(
    ledger.taken.map(({ income }) => income),
    [5n, 0n],
  );
});

test('a paid call whose answer is lost is not paid once more by itself', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  let faults = 1;
  ledger.at = async (point) => {
    if (point === 'paid' && faults-- > 0) throw new ProvenderError('PROVENDER_UNAVAILABLE', 'gone');
  };
  await assert.rejects(
    node.client.setShare(chunk(1)),
    /the call was paid \(amount 5\) and its answer is lost/,
  );
  assert.equal(ledger.sum(), 5n);
  await node.client.setShare(chunk(1));
  assert.equal(ledger.sum(), 10n, 'asked for again, it is paid again');
});

test('when the provider starts its claim, payments go on with the next nonce', async () => {
  await using paying = await openPayingNode();
  const { node, ledger, scratch } = paying;
  await node.client.setShare(chunk(1));
  ledger.startClaim();
  await node.client.setShare(chunk(2));
  assert.deepEqual(
    ledger.taken.map(({ nonce, income }) => [nonce, income]),
    [
      [0n, 5n],
      [1n, 5n],
    ],
  );
  assert.equal((await recordOf(scratch.path))['nonce'], '1');
});

test('a wallet that lost its file goes on where the channel is', async () => {
  await using paying = await openPayingNode();
  const { node, ledger, scratch } = paying;
  await node.client.setShare(chunk(1));
  const payments = openWallet(scratch.at('elsewhere'));
  await using client = await ProvenderClient.open({ address: node.server.address, payments });
  await client.setShare(chunk(2));
  await node.client.setShare(chunk(3)); // it has paid less than it thinks, and finds out
  assert.equal(ledger.sum(), 15n);
});

test('an amount that another key signed is not built upon', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  ledger.amount = 1_000_000n;
  ledger.signature = new Uint8Array(65).fill(9);
  await assert.rejects(node.client.setShare(chunk(1)), code('PROVENDER_CHANNEL'));
  assert.equal(ledger.asked.length, 0);
});

test('another contract or chain than at first is not signed for', async () => {
  await using paying = await openPayingNode();
  const { node, scratch, ledger } = paying;
  await node.client.setShare(chunk(1));
  const path = `${scratch.path}/${MPE}-42.json`;
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('31337', '1'));
  await assert.rejects(node.client.setShare(chunk(2)), /chain 31337, .* is of chain 1: nothing was signed/);
  const mpe = '0x00000000000000000000000000000000000000dd';
  const payments = openWallet(scratch.at('other'), { mpe });
  await using client = await ProvenderClient.open({ address: node.server.address, payments });
  await assert.rejects(client.setShare(chunk(2)), /0x0+cc, this channel is in 0x0+dd: nothing was signed/);
  assert.equal(ledger.asked.length, 1);
});

test('a file of the wallet that is not understood is never guessed', async () => {
  await using paying = await openPayingNode();
  const { node, scratch } = paying;
  await writeFile(`${scratch.path}/${MPE}-42.json`, '{"v":2}\n');
  await assert.rejects(node.client.setShare(chunk(1)), code('PROVENDER_CORRUPT'));
});

test('a cancelled call leaves the line, and its payment is found out by the next one', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  const held = deferred<void>();
  ledger.at = async (point) => {
    if (point === 'locked' && ledger.taken.length === 0) await held.promise;
  };
  const stop = new AbortController();
  const first = node.client.setShare(chunk(1), { signal: stop.signal });
  await eventually('the call is held', () => ledger.asked.length === 1);
  const waiting = node.client.setShare(chunk(2), { timeoutMs: 20_000 });
  stop.abort();
  await assert.rejects(first, code('PROVENDER_CANCELLED'));
  held.resolve();
  await waiting;
  assert.equal(
    ledger.sum(),
    ledger.taken.reduce((sum, { income }) => sum + income, 0n),
  );
  assert.equal(ledger.amount, ledger.sum());
});

test('a call that waits for its turn to pay can be cancelled there', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  const held = deferred<void>();
  ledger.at = async () => await held.promise;
  const first = node.client.setShare(chunk(1));
  await eventually('the call is held', () => ledger.asked.length === 1);
  const stop = new AbortController();
  const waiting = node.client.setShare(chunk(2), { signal: stop.signal });
  stop.abort();
  await assert.rejects(waiting, code('PROVENDER_CANCELLED'));
  held.resolve();
  await first;
  assert.equal(ledger.asked.length, 1);
});

test('whatever fails at random, each call that succeeds is paid once and the amounts form one chain', async () => {
  await using paying = await openPayingNode({ client: { timeoutMs: 30_000 } });
  const { node, ledger, scratch } = paying;
  const others = await ProvenderClient.open({
    address: node.server.address,
    payments: openWallet(scratch.path),
    timeoutMs: 30_000,
  });
  let seed = 12_345;
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const faults = ['PROVENDER_UNAVAILABLE', 'PROVENDER_PAYMENT_UNKNOWN', 'PROVENDER_OVER_QUOTA'] as const;
  ledger.at = async (point, { request }) => {
    const fault = faults[Math.floor(random() * 12)];
    if (fault === undefined) return;
    // behind the payment, a node owes the call or its answer is lost
    if (point === 'paid' && random() < 0.5) ledger.owed = request;
    throw new ProvenderError(fault, 'at random');
  };
  let succeeded = 0;
  const set = async (client: ProvenderClient, value: number): Promise<void> => {
    const bytes = new Uint8Array(1000).fill(value);
    bytes[999] = value >> 8;
    await client.setShare(bytes).then(
      () => succeeded++,
      (error: unknown) =>
        assert.ok(isProvenderError(error) && faults.some((one) => one === error.code), String(error)),
    );
  };
  for (let i = 0; i < 20; i++) await Promise.all([set(node.client, 2 * i), set(others, 2 * i + 1)]);
  ledger.at = async () => undefined;
  await set(node.client, 1000);
  await others.close();
  assert.ok(succeeded > 10, `${succeeded}`);
  assert.equal(ledger.amount, ledger.sum());
  const paid = ledger.taken.filter(({ income }) => income > 0n);
  assert.ok(paid.every(({ income }) => income === 3n));
  assert.ok(paid.length >= succeeded);
  assert.equal((await recordOf(scratch.path))['accepted'], String(ledger.amount));
});
