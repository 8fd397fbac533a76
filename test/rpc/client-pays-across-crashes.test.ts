import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CHANNEL_ID, MPE, openPayingNode, type PayingNode } from '../support/paying-node.ts';
import type { LedgerPoint } from '../support/payment-ledger.ts';

const CHILD = fileURLToPath(new URL('../support/paying-child.ts', import.meta.url));
/** Of a chunk of 1000 bytes. */
const PRICE = 3n;

/** Starts a process that pays from the wallet of the test. */
function payInChild(
  { node, scratch }: PayingNode,
  { step, first, count = 1 }: { readonly step: string; readonly first: number; readonly count?: number },
): ChildProcess {
  const args = [node.server.address, scratch.path, step, String(first), String(count)];
  return spawn(process.execPath, ['--import', 'tsx', CHILD, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Ends the child when its first call is at `point` in the node. */
function killAt({ ledger }: PayingNode, point: LedgerPoint, child: ChildProcess): void {
  ledger.at = async (reached) => {
    if (reached !== point || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
}

async function accepted({ scratch }: PayingNode): Promise<bigint> {
  const record = JSON.parse(await readFile(`${scratch.path}/${MPE}-${CHANNEL_ID}.json`, 'utf8'));
  assert.equal('trying' in record, false);
  return BigInt(record.accepted);
}

const STEPS = [
  { name: 'the payment is on disk and not sent', step: 'written', paid: 0n },
  { name: 'the node has the call and not the payment', point: 'locked', paid: 0n },
  { name: 'the node has taken the payment', point: 'paid', paid: 1n },
  { name: 'the answer is there and not written down', step: 'answered', paid: 1n },
  { name: 'all is written down', step: 'accepted', paid: 1n },
] as const;

test('killed at any step, the next process goes on with the right amount', {
  concurrency: true,
}, async (t) => {
  const steps = STEPS.map((crash) => t.test(`when ${crash.name}`, async () => await killedAt(crash)));
  await Promise.all(steps);
});

async function killedAt(crash: (typeof STEPS)[number]): Promise<void> {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  await node.client.setShare(new Uint8Array(1000).fill(1));
  const child = payInChild(paying, { step: 'step' in crash ? crash.step : 'never', first: 2 });
  if ('point' in crash) killAt(paying, crash.point, child);
  const [code, signal] = await once(child, 'exit');
  assert.deepEqual([code, signal], [null, 'SIGKILL']);
  // a call that its caller left is ended by the node in its own time
  await node.client.setShare(new Uint8Array(1000).fill(3), { timeoutMs: 30_000 });
  const paidByChild = ledger.sum() - 2n * PRICE;
  // one that was under way when its caller was killed may be paid or not, but not in between
  if ('point' in crash) assert.ok(paidByChild === 0n || paidByChild === PRICE, `${paidByChild}`);
  else assert.equal(paidByChild, crash.paid * PRICE);
  assert.equal(ledger.amount, ledger.sum());
  assert.equal(await accepted(paying), ledger.amount);
  assert.ok(ledger.taken.every(({ income }) => income === PRICE));
}

test('killed before it is sent, the same call sends the identical payment', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  await node.client.setShare(new Uint8Array(1000).fill(1));
  const child = payInChild(paying, { step: 'written', first: 2 });
  await once(child, 'exit');
  const { states } = ledger;
  await node.client.setShare(new Uint8Array(1000).fill(2));
  assert.equal(ledger.states, states, 'nobody had to be asked');
  assert.equal(ledger.amount, 2n * PRICE);
});

test('two processes pay from one channel and are never refused', async () => {
  await using paying = await openPayingNode();
  const { node, ledger } = paying;
  await node.client.setShare(new Uint8Array(1000).fill(1));
  const children = [100, 150].map((first) => payInChild(paying, { step: 'never', first, count: 10 }));
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  assert.deepEqual(ends, [
    [0, null],
    [0, null],
  ]);
  assert.equal(ledger.taken.length, 21);
  assert.deepEqual(ledger.refused, []);
  assert.equal(await accepted(paying), ledger.amount);
});
