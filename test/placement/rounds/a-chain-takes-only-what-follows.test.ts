import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { signMessage } from '../../../src/placement/messages/signed-message.ts';
import { Chain } from '../../../src/placement/rounds/chain.ts';
import { encodeRound, roundHash, type UnsignedRound } from '../../../src/placement/rounds/round.ts';
import { seedInput, seedOf } from '../../../src/placement/rounds/seeds.ts';
import { proveVrf, verifyVrf } from '../../../src/vrf/kernels.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import {
  announceRecord,
  factsOf,
  idOf,
  registerRecord,
  roundFor,
  testNetwork,
  type TestNode,
  testNode,
  unsignedRound,
  updateRecord,
} from '../../support/test-network.ts';

const NETWORK = testNetwork(3);
const { primary, genesis, name, nodes } = NETWORK;
const [, storer] = nodes;
assert.ok(storer);

/** A chain with some rounds. */
function grown(rounds = 3): { chain: Chain; bytes: Uint8Array[] } {
  const chain = Chain.from(genesis);
  const bytes: Uint8Array[] = [];
  for (let i = 0; i < rounds; i++) {
    const round = roundFor(chain, primary);
    chain.next(round);
    bytes.push(round);
  }
  return { chain, bytes };
}

/** All that a chain tells. */
function told(chain: Chain): unknown {
  const rounds = Array.from({ length: 10 }, (_, i) => BigInt(i));
  return {
    head: chain.head,
    nodes: [...chain.registry.nodes()],
    seeds: rounds.map((round) => chain.seedOf(round)),
    roots: rounds.map((round) => chain.snapshotOf(round)?.root),
    open: chain.openAnnounces(),
    nonce: chain.announceNonce(primary.storerKey),
    placed: chain.placedIn(idOf('a file')),
  };
}

function refuses(chain: Chain, round: Uint8Array, expected: { code: string; message?: RegExp }): void {
  const before = told(chain);
  assert.throws(() => chain.next(round), expected);
  assert.deepEqual(told(chain), before);
}

/** A round that differs from the right one, signed by its proposer. */
function lie(chain: Chain, change: Partial<UnsignedRound>, by: TestNode = primary): Uint8Array {
  return encodeRound(unsignedRound(chain, by, change), by.signer);
}

test('rounds follow each other, and their seeds come from the proofs', () => {
  const { chain, bytes } = grown(0);
  assert.equal(chain.head.number, 0n);
  assert.deepEqual(chain.head.hash, roundHash(genesis.round));
  for (let r = 1n; r <= 4n; r++) {
    const previousSeed = chain.head.seed;
    const round = roundFor(chain, primary);
    chain.next(round);
    bytes.push(round);
    const input = seedInput({ networkId: genesis.networkId, round: r, previousSeed });
    const beta = verifyVrf(primary.vrfKey, input, proveVrf(primary.vrfSecret, input));
    assert.ok(beta);
    assert.deepEqual(chain.head, {
      number: r,
      hash: roundHash(round),
      seed: seedOf(beta),
      unixMs: r * 1000n,
    });
    assert.deepEqual(chain.seedOf(r), chain.head.seed);
  }
  assert.equal(new Set(bytes.map((round) => Buffer.from(round).toString('hex'))).size, 4);
});

test('two chains of the same rounds tell the same, also when one trusts its own log', () => {
  const { chain, bytes } = grown();
  const [again, trusting] = [Chain.from(genesis), Chain.from(genesis)];
  for (const round of bytes) {
    again.next(round);
    trusting.next(round, { trusted: true });
  }
  assert.deepEqual(told(again), told(chain));
  assert.deepEqual(told(trusting), told(chain));
});

test('a replay of one’s own log skips the curve, not the links', () => {
  const { chain } = grown(1);
  const unsigned = unsignedRound(chain, primary);
  const forged = encodeRound(
    { ...unsigned, seed: bytesOf('x') },
    { ...primary.signer, sign: () => new Uint8Array(64) },
  );
  refuses(chain, forged, { code: 'PROVENDER_INVALID' });
  for (const change of [
    { prevHash: bytesOf('x') },
    { number: 5n },
    { registryRoot: bytesOf('x') },
    { unixMs: 0n },
  ]) {
    assert.throws(() => chain.next(lie(chain, change), { trusted: true }), { name: 'ProvenderError' });
  }
  chain.next(forged, { trusted: true });
  assert.equal(chain.head.number, 2n);
});

test('rounds that fork, skip, come again or go back are refused', () => {
  const { chain, bytes } = grown();
  const before = grown(2).chain;
  const fork = lie(before, { unixMs: 5_000_000n });
  const conflict = { code: 'PROVENDER_CONFLICT', message: /does not follow/ };
  for (const round of [...bytes, genesis.round, fork]) refuses(chain, round, conflict);
  refuses(chain, lie(chain, { number: chain.head.number + 2n }), conflict);
  refuses(chain, lie(chain, { number: 2n ** 64n - 1n }), conflict);
  refuses(chain, lie(chain, { prevHash: roundHash(fork) }), conflict);
  const { unixMs } = chain.head;
  refuses(chain, lie(chain, { unixMs: unixMs - 1n }), { code: 'PROVENDER_INVALID', message: /back in time/ });
  chain.next(lie(chain, { unixMs }));
});

test('a lie in a signed round is found, and named', () => {
  const { chain } = grown();
  const { networkId, head } = chain;
  const number = head.number + 1n;
  const other = proveVrf(storer.vrfSecret, seedInput({ networkId, round: number, previousSeed: head.seed }));
  const old = proveVrf(
    primary.vrfSecret,
    seedInput({ networkId, round: number - 1n, previousSeed: head.seed }),
  );
  const lies: [Partial<UnsignedRound>, RegExp][] = [
    [{ networkId: bytesOf('x') }, /network/],
    [{ seed: bytesOf('x') }, /another seed/],
    [{ seed: head.seed }, /another seed/],
    [{ proof: other }, /proof of its seed/],
    [{ proof: old }, /proof of its seed/],
    [{ proof: new Uint8Array(80) }, /proof of its seed/],
    [{ vrfKey: storer.vrfKey, proof: other }, /another VRF key/],
    [{ registryRoot: bytesOf('x') }, /names registry/],
    [{ proposerKey: storer.storerKey }, /nobody who may append/],
    [{ proposerKey: testNode('stranger').storerKey }, /nobody who may append/],
  ];
  for (const [change, message] of lies)
    refuses(chain, lie(chain, change), { code: 'PROVENDER_INVALID', message });
  refuses(chain, lie(chain, {}, storer), { code: 'PROVENDER_INVALID', message: /nobody who may append/ });
  const bySomebody = encodeRound(unsignedRound(chain, primary), storer.signer);
  refuses(chain, bySomebody, { code: 'PROVENDER_INVALID', message: /not signed/ });
});

test('every flipped bit of a round is refused and leaves no trace', () => {
  const { chain } = grown(1);
  const records = [
    updateRecord(storer, name, { changes: { host: 'b.example' }, nonce: 2n }),
    announceRecord(primary, name, { facts: factsOf('a file') }),
  ];
  const round = roundFor(chain, primary, records);
  const before = told(chain);
  for (let i = 0; i < round.length; i++) {
    const flipped = round.slice();
    flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
    assert.throws(() => chain.next(flipped), isProvenderError, `byte ${i}`);
  }
  for (const length of [0, 1, 36, round.length - 1]) {
    assert.throws(() => chain.next(round.subarray(0, length)), isProvenderError);
  }
  assert.deepEqual(told(chain), before);
  chain.next(round);
  assert.notDeepEqual(told(chain), before);
});

test('every flipped bit that the proposer signs is refused too, but for the time', () => {
  const { chain, bytes } = grown(1);
  const round = roundFor(chain, primary, [updateRecord(storer, name, { changes: { region: 9 }, nonce: 2n })]);
  const unsigned = round.subarray(0, -64);
  const [timeAt, timeEnd] = [36 + 8 + 32, 36 + 8 + 32 + 8];
  for (let i = 0; i < unsigned.length; i++) {
    const flipped = unsigned.slice();
    flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
    const signed = signMessage(flipped, primary.signer);
    if (i < timeAt || i >= timeEnd) assert.throws(() => chain.next(signed), isProvenderError, `byte ${i}`);
  }
  assert.deepEqual(chain.head.hash, roundHash(bytes[0] ?? new Uint8Array()));
  chain.next(round);
});

test('one bad record spoils its round, and the good ones before it leave no trace', () => {
  const { chain } = grown(1);
  const good = [
    registerRecord(testNode('new'), name),
    announceRecord(primary, name, { facts: factsOf('a file') }),
    updateRecord(storer, name, { changes: { region: 3 }, nonce: 2n }),
  ];
  const bad = [
    updateRecord(storer, name, { changes: { region: 4 }, nonce: 2n }),
    registerRecord(storer, name),
    registerRecord(testNode('another'), 'another network'),
    announceRecord(storer, name, { facts: factsOf('b') }),
    Uint8Array.from([1, 14, ...new Uint8Array(40)]),
    genesis.round,
  ];
  for (const record of bad) {
    refuses(chain, roundFor(chain, primary, [...good, record]), {
      code: isConflict(record) ? 'PROVENDER_CONFLICT' : 'PROVENDER_INVALID',
      message: /round 2, record 3: /,
    });
  }
  chain.next(roundFor(chain, primary, good));
  assert.equal(chain.registry.size, 4);

  /** Only the first two are wrong because of what is registered. */
  function isConflict(record: Uint8Array): boolean {
    return bad.indexOf(record) < 2;
  }
});

test('addresses and retirements count at once', () => {
  const { chain } = grown(0);
  const changes = { host: 'moved.example', ports: { grpcPort: 1, httpPort: 2 }, retire: true as const };
  chain.next(roundFor(chain, primary, [updateRecord(storer, name, { changes, nonce: 2n })]));
  const node = chain.registry.node(storer.storerKey);
  assert.deepEqual(
    [node?.host, node?.grpcPort, node?.httpPort, node?.retired],
    ['moved.example', 1, 2, true],
  );
  assert.notEqual(chain.snapshotOf(2n)?.find(storer.storerKey), undefined);
});
