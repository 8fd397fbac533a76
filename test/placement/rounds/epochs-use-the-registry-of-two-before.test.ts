import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chain } from '../../../src/placement/rounds/chain.ts';
import { EpochSnapshots } from '../../../src/placement/rounds/epoch-snapshots.ts';
import { networkIdOf } from '../../../src/placement/registry/genesis.ts';
import { Registry } from '../../../src/placement/registry/registry.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import {
  possession,
  registerRecord,
  roundFor,
  testNetwork,
  testNode,
  updateRecord,
} from '../../support/test-network.ts';
import { ed25519 } from '@noble/curves/ed25519.js';

/** What a plain recount knows of a node. */
type Plain = Map<string, { weight: bigint; region: number; vrf: string; retired: boolean }>;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const LENGTH = 4;
const ROUNDS = 34;

/** The rule of the spec, from the states after each round. */
function stateFor(round: number, after: readonly Plain[]): Plain {
  const epoch = Math.floor(round / LENGTH);
  const last = epoch < 2 ? 0 : LENGTH * (epoch - 1) - 1;
  const state = after[last];
  assert.ok(state, `round ${round} needs the state after round ${last}`);
  return state;
}

test('each round uses the registry of two epochs before, by a plain recount', () => {
  const network = testNetwork(4, { parameters: { epochLength: LENGTH } });
  const { primary, name } = network;
  const nodes = [...network.nodes];
  const chain = Chain.from(network.genesis);
  const state: Plain = new Map();
  for (const { storerKey, vrfKey } of nodes) {
    const region = chain.registry.node(storerKey)?.region ?? 0;
    state.set(hex(storerKey), { weight: 32n, region, vrf: hex(vrfKey), retired: false });
  }
  const after: Plain[] = [new Map(state)];
  for (let r = 1; r <= ROUNDS; r++) {
    const records: Uint8Array[] = [];
    const target = nodes[1 + (r % (nodes.length - 1))];
    assert.ok(target);
    const known = state.get(hex(target.storerKey));
    assert.ok(known);
    if (r % 7 === 0) {
      const node = testNode(`late ${r}`);
      nodes.push(node);
      records.push(registerRecord(node, name, { capacityGiB: 10 * r, region: r }));
      state.set(hex(node.storerKey), {
        weight: BigInt(5 * r),
        region: r,
        vrf: hex(node.vrfKey),
        retired: false,
      });
    } else if (!known.retired) {
      const retire = r === 17;
      const changes = { capacityGiB: 2 * r, region: r, ...(retire && { retire: true as const }) };
      records.push(updateRecord(target, name, { changes, nonce: BigInt(r) + 1n }));
      state.set(hex(target.storerKey), { ...known, weight: BigInt(r), region: r, retired: retire });
    }
    chain.next(roundFor(chain, primary, records));
    after.push(new Map(state));
    const found = chain.snapshotOf(BigInt(r));
    assert.ok(found);
    const expected = [...stateFor(r, after)]
      .filter(([, { retired }]) => !retired)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(
      found.leaves.map((leaf) => [hex(leaf.storerKey), leaf.weight, leaf.region, hex(leaf.vrfKey)]),
      expected.map(([key, { weight, region, vrf }]) => [key, weight, region, vrf]),
      `round ${r}`,
    );
    assert.equal(
      found.totalWeight,
      expected.reduce((sum, [, { weight }]) => sum + weight, 0n),
    );
    assert.equal(found.epoch, BigInt(Math.floor(r / LENGTH)));
  }
});

test('the last round of an epoch makes the snapshot of the next but one known, and old ones go', () => {
  const registry = new Registry(networkIdOf('x'));
  const snapshots = new EpochSnapshots({ epochLength: 100, valuation: 1 });
  const known = (): number[] =>
    Array.from({ length: 12 }, (_, e) => e).filter((e) => snapshots.ofEpoch(BigInt(e)));
  for (let round = 0n; round < 1000n; round++) {
    snapshots.after(round, registry);
    snapshots.drop(round - 20n);
    const oldest = round < 20n ? 0 : Math.floor(Number(round - 20n) / 100);
    const newest = Math.max(1, Math.floor(Number(round + 1n) / 100) + 1);
    assert.deepEqual(
      known(),
      Array.from({ length: newest - oldest + 1 }, (_, i) => oldest + i),
      `after round ${round}`,
    );
  }
});

test('an epoch may be one round long', () => {
  const { genesis, primary, name, nodes } = testNetwork(2, { parameters: { epochLength: 1 } });
  const chain = Chain.from(genesis);
  const [, storer] = nodes;
  assert.ok(storer);
  chain.next(
    roundFor(chain, primary, [updateRecord(storer, name, { changes: { capacityGiB: 128 }, nonce: 2n })]),
  );
  chain.next(roundFor(chain, primary));
  const weightIn = (round: bigint): bigint | undefined =>
    chain.snapshotOf(round)?.find(storer.storerKey)?.weight;
  assert.deepEqual([1n, 2n, 3n, 4n].map(weightIn), [32n, 32n, 64n, 64n]);
});

test('a proposer uses the VRF key of the snapshot: a new one does not choose the next seed', () => {
  const { genesis, primary, name } = testNetwork(1, { parameters: { epochLength: 3 } });
  const chain = Chain.from(genesis);
  const vrfSecret = bytesOf('new vrf');
  const changed = { ...primary, vrfSecret, vrfKey: ed25519.getPublicKey(vrfSecret) };
  const vrf = { key: changed.vrfKey, proof: possession(genesis.networkId, primary.storerKey, vrfSecret) };
  chain.next(roundFor(chain, primary, [updateRecord(primary, name, { changes: { vrf }, nonce: 2n })]));
  for (let r = 2n; r < 6n; r++) {
    assert.throws(() => chain.next(roundFor(chain, changed)), {
      code: 'PROVENDER_INVALID',
      message: /VRF key/,
    });
    chain.next(roundFor(chain, primary));
  }
  assert.throws(() => chain.next(roundFor(chain, primary)), {
    code: 'PROVENDER_INVALID',
    message: /VRF key/,
  });
  chain.next(roundFor(chain, changed));
});

test('a primary that retired appends as long as the snapshot has it', () => {
  const { genesis, primary, name } = testNetwork(2, { parameters: { epochLength: 2 } });
  const chain = Chain.from(genesis);
  chain.next(
    roundFor(chain, primary, [updateRecord(primary, name, { changes: { retire: true }, nonce: 2n })]),
  );
  for (let r = 2n; r < 4n; r++) chain.next(roundFor(chain, primary));
  assert.throws(() => chain.next(roundFor(chain, primary)), {
    code: 'PROVENDER_INVALID',
    message: /may append/,
  });
});

test('a chain keeps the seeds of 64 rounds', () => {
  const { genesis, primary } = testNetwork(1, { parameters: { epochLength: 5 } });
  const chain = Chain.from(genesis);
  for (let r = 1n; r <= 80n; r++) chain.next(roundFor(chain, primary), { trusted: true });
  assert.equal(chain.seedOf(16n), undefined);
  assert.notEqual(chain.seedOf(17n), undefined);
  assert.equal(chain.snapshotOf(59n), undefined);
  assert.notEqual(chain.snapshotOf(60n), undefined);
  assert.notEqual(chain.snapshotOfEpoch(17n), undefined);
  assert.equal(chain.snapshotOfEpoch(18n), undefined);
});
