import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519 } from '@noble/curves/ed25519.js';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { networkIdOf } from '../../../src/placement/registry/genesis.ts';
import type { RegisterNode } from '../../../src/placement/registry/register-node.ts';
import { Registry } from '../../../src/placement/registry/registry.ts';
import type { NodeChanges } from '../../../src/placement/registry/update-node.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import { possession, registerRecord, testNode, updateRecord } from '../../support/test-network.ts';

const NAME = 'registry test';
const ID = networkIdOf(NAME);
const [A, B] = [testNode('a'), testNode('b')];

const register = (node = A, change: Partial<RegisterNode> = {}): Uint8Array =>
  registerRecord(node, NAME, change);
const update = (changes: NodeChanges, nonce: bigint, node = A): Uint8Array =>
  updateRecord(node, NAME, { changes, nonce });

function withRecords(...records: readonly Uint8Array[]): Registry {
  const registry = new Registry(ID);
  for (const record of records) registry.apply(record);
  return registry;
}

/** Applies and expects a refusal that leaves no trace. */
function refuses(registry: Registry, record: Uint8Array, expected: { code: string; message?: RegExp }): void {
  const before = [...registry.nodes()];
  assert.throws(() => registry.apply(record), expected);
  assert.deepEqual([...registry.nodes()], before);
}

const CONFLICT = 'PROVENDER_CONFLICT';
const INVALID = 'PROVENDER_INVALID';

test('a node registers once, whatever it brings the second time', () => {
  const registry = withRecords(register());
  refuses(registry, register(), { code: CONFLICT, message: /is registered/ });
  const vrf = { vrfKey: B.vrfKey, vrfProof: possession(ID, A.storerKey, B.vrfSecret) };
  refuses(registry, register(A, { ...vrf, nonce: 9n }), { code: CONFLICT, message: /is registered/ });
  assert.equal(registry.size, 1);
});

test('a VRF key belongs to one node for ever, also once it was changed', () => {
  const registry = withRecords(register());
  const stolen = { vrfKey: A.vrfKey, vrfProof: possession(ID, B.storerKey, A.vrfSecret) };
  refuses(registry, register(B, stolen), { code: CONFLICT, message: /VRF key/ });
  const next = bytesOf('next vrf');
  const key = ed25519.getPublicKey(next);
  registry.apply(update({ vrf: { key, proof: possession(ID, A.storerKey, next) } }, 2n));
  assert.deepEqual(registry.node(A.storerKey)?.vrfKey, key);
  refuses(registry, register(B, stolen), { code: CONFLICT, message: /VRF key/ });
  const back = { key: A.vrfKey, proof: possession(ID, A.storerKey, A.vrfSecret) };
  refuses(registry, update({ vrf: back }, 3n), { code: CONFLICT, message: /VRF key/ });
});

test('a VRF key is brought by who has it, for this node and this network', () => {
  const registry = new Registry(ID);
  const wrong = [
    possession(ID, A.storerKey, B.vrfSecret),
    possession(ID, B.storerKey, A.vrfSecret),
    possession(networkIdOf('another'), A.storerKey, A.vrfSecret),
    new Uint8Array(80),
  ];
  for (const vrfProof of wrong)
    refuses(registry, register(A, { vrfProof }), { code: INVALID, message: /VRF key/ });
  registry.apply(register());
  const vrf = { key: B.vrfKey, proof: possession(ID, B.storerKey, B.vrfSecret) };
  refuses(registry, update({ vrf }, 2n), { code: INVALID, message: /VRF key/ });
});

test('updates that come again, or out of their order, change nothing', () => {
  const registry = withRecords(register(A, { nonce: 5n }));
  const [five, six, nine] = [update({ region: 1 }, 5n), update({ region: 2 }, 6n), update({ region: 3 }, 9n)];
  refuses(registry, five, { code: CONFLICT, message: /nonce/ });
  registry.apply(six);
  registry.apply(nine);
  refuses(registry, nine, { code: CONFLICT, message: /nonce/ });
  refuses(registry, six, { code: CONFLICT, message: /nonce/ });
  assert.equal(registry.node(A.storerKey)?.region, 3);
  assert.equal(registry.node(A.storerKey)?.nonce, 9n);
});

test('an update changes what it names and nothing else', () => {
  const changes: NodeChanges[] = [
    { owner: bytesOf('other').slice(0, 20) },
    { region: 77 },
    { capacityGiB: 0 },
    { selfValue: 2n ** 64n - 1n },
    { ports: { grpcPort: 1, httpPort: 2 } },
    { host: 'storer.example' },
    { retire: true },
  ];
  for (const change of changes) {
    const registry = withRecords(register());
    const before = registry.node(A.storerKey);
    registry.apply(update(change, 2n));
    const { ports, retire, ...facts } = change;
    const after = { ...before, ...facts, ...ports, retired: retire ?? false, nonce: 2n };
    assert.deepEqual(registry.node(A.storerKey), after);
  }
});

test('a node that retired is out of the next snapshot, stays known, and does not come back', () => {
  const registry = withRecords(register(), register(B));
  assert.equal(registry.snapshot(0n, 32_768).leafCount, 2);
  registry.apply(update({ retire: true }, 2n));
  const snapshot = registry.snapshot(1n, 32_768);
  assert.deepEqual(
    snapshot.leaves.map(({ storerKey }) => storerKey),
    [B.storerKey],
  );
  assert.equal(snapshot.totalWeight, 32n);
  assert.equal(registry.node(A.storerKey)?.retired, true);
  refuses(registry, update({ capacityGiB: 1 }, 3n), { code: CONFLICT, message: /retired/ });
  refuses(registry, register(A, { nonce: 9n }), { code: CONFLICT, message: /registered/ });
});

test('an account belongs to one operator, its nodes may be many', () => {
  const owner = bytesOf('shared').slice(0, 20);
  const operatorId = bytesOf('operator');
  const registry = withRecords(register(A, { owner, operatorId }), register(B, { owner, operatorId }));
  const c = testNode('c');
  refuses(registry, register(c, { owner }), { code: CONFLICT, message: /operator/ });
  registry.apply(register(c));
  refuses(registry, update({ owner }, 2n, c), { code: CONFLICT, message: /operator/ });
});

test('only the node itself speaks for it', () => {
  const registry = withRecords(register());
  const bySomebody = updateRecord({ ...B, storerKey: A.storerKey }, NAME, {
    changes: { region: 1 },
    nonce: 2n,
  });
  refuses(registry, bySomebody, { code: INVALID, message: /did not sign/ });
  refuses(registry, registerRecord({ ...B, signer: A.signer }, NAME), {
    code: INVALID,
    message: /did not sign/,
  });
  refuses(registry, update({ region: 1 }, 2n, B), { code: CONFLICT, message: /not registered/ });
  refuses(registry, registerRecord(B, 'another network'), { code: INVALID, message: /network/ });
});

test('every flipped bit of a record is refused', () => {
  for (const [registry, record] of [
    [new Registry(ID), register()],
    [withRecords(register()), update({ host: 'h', ports: { grpcPort: 1, httpPort: 2 } }, 2n)],
  ] as const) {
    for (let i = 0; i < record.length; i++) {
      const flipped = record.slice();
      flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
      assert.throws(() => registry.apply(flipped), isProvenderError, `byte ${i}`);
    }
    registry.apply(record);
  }
});

test('keys outside of the prime-order subgroup are refused', () => {
  const torsion = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  const mixed = ed25519.Point.fromBytes(A.storerKey).add(torsion).toBytes();
  const mixedVrf = ed25519.Point.fromBytes(A.vrfKey).add(torsion).toBytes();
  const zero = Uint8Array.of(1, ...new Uint8Array(31));
  const notCanonical = Uint8Array.from(Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex'));
  const registry = new Registry(ID);
  for (const storerKey of [mixed, zero, notCanonical, torsion.toBytes()]) {
    const vrfProof = possession(ID, storerKey, A.vrfSecret);
    refuses(registry, register(A, { storerKey, vrfProof }), { code: INVALID, message: /prime-order/ });
  }
  for (const vrfKey of [mixedVrf, zero, notCanonical, torsion.toBytes()]) {
    refuses(registry, register(A, { vrfKey }), { code: INVALID, message: /VRF key/ });
  }
});

test('a fork takes records on its own until it is adopted', () => {
  const registry = withRecords(register());
  const fork = registry.fork();
  fork.apply(register(B));
  fork.apply(update({ region: 4 }, 2n));
  assert.equal(registry.size, 1);
  assert.notEqual(registry.node(A.storerKey)?.region, 4);
  assert.deepEqual(
    [...fork.nodes()].map(({ storerKey }) => storerKey),
    [A.storerKey, B.storerKey],
  );
  refuses(fork, register(B), { code: CONFLICT, message: /registered/ });
  registry.adopt(fork);
  assert.deepEqual(
    [...registry.nodes()],
    [...withRecords(register(), register(B), update({ region: 4 }, 2n)).nodes()],
  );
  assert.equal(registry.size, 2);
  refuses(registry, update({ region: 5 }, 2n), { code: CONFLICT, message: /nonce/ });
});

test('weights are whole numbers, rounded down, and fit', () => {
  const weights = (capacityGiB: number, valuation: number): bigint =>
    withRecords(register(A, { capacityGiB })).snapshot(0n, valuation).totalWeight;
  assert.equal(weights(1, 32_768), 0n);
  assert.equal(weights(3, 32_768), 1n);
  assert.equal(weights(64, 32_768), 32n);
  assert.equal(weights(64, 65_536), 64n);
  const most = 2n ** 32n - 1n;
  assert.equal(weights(Number(most), Number(most)), (most * most) / 65_536n);
  assert.ok(((most * most) / 65_536n) * 65_536n < 2n ** 64n, 'a full registry fits u64');
});
