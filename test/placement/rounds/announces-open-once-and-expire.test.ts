import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chain } from '../../../src/placement/rounds/chain.ts';
import { bytesOf } from '../../support/placement-fixtures.ts';
import {
  announceRecord,
  factsOf,
  idOf,
  registerRecord,
  roundFor,
  setKeyRecord,
  testNetwork,
  type TestNetwork,
  updateRecord,
} from '../../support/test-network.ts';

const SOLE = testNetwork(4);
const FILE = { facts: factsOf('a file') };
const ID = idOf('a file');

/** A network whose first two nodes are primaries. */
function twoPrimaries(): TestNetwork {
  const primaries = SOLE.nodes
    .slice(0, 2)
    .map(({ storerKey }, i) => ({ storerKey, address: `127.0.0.1:${7000 + i}` }));
  return testNetwork(4, { primaries });
}

/** Appends a round with these records, then empty ones. */
function append(chain: Chain, network: TestNetwork, records: readonly Uint8Array[], empty = 0): void {
  chain.next(roundFor(chain, network.primary, records));
  for (let i = 0; i < empty; i++) chain.next(roundFor(chain, network.primary), { trusted: true });
}

/** Refused alone, and refused inside a round. */
function refuses(
  chain: Chain,
  network: TestNetwork,
  record: Uint8Array,
  expected: { code: string; message: RegExp },
): void {
  assert.throws(() => chain.admits(record), expected);
  assert.throws(() => chain.next(roundFor(chain, network.primary, [record])), expected);
}

const announce = (nonce: bigint, facts = FILE.facts): Uint8Array =>
  announceRecord(SOLE.primary, SOLE.name, { facts, nonce });

test('an Announce is open from its round on, with all that it says', () => {
  const chain = Chain.from(SOLE.genesis);
  append(chain, SOLE, [announce(3n)]);
  const [open, ...others] = chain.announces(ID);
  assert.deepEqual(others, []);
  assert.deepEqual([open?.announced, open?.replicas, open?.nonce, open?.profile], [1n, 3, 3n, 1]);
  assert.deepEqual(chain.announces(ID, 1n), [open]);
  assert.deepEqual(chain.announces(ID, 2n), []);
  assert.deepEqual(chain.openAnnounces(), [open]);
  assert.deepEqual(chain.announces(idOf('another')), []);
  assert.equal(chain.announceNonce(SOLE.primary.storerKey), 3n);
});

test('an Announce serves up to round a + 20, and is gone behind it', () => {
  const chain = Chain.from(SOLE.genesis);
  append(chain, SOLE, [announce(1n)], 18);
  assert.equal(chain.head.number, 19n);
  assert.equal(chain.announces(ID).length, 1);
  append(chain, SOLE, []);
  assert.equal(chain.head.number, 20n);
  assert.equal(chain.announces(ID).length, 1);
  append(chain, SOLE, []);
  assert.equal(chain.announces(ID).length, 0);
  assert.deepEqual(chain.openAnnounces(), []);
  append(chain, SOLE, [announce(2n)]);
  assert.equal(chain.announces(ID, 22n).length, 1);
});

test('Announces come from primaries, in the order of their nonces, of this network', () => {
  const chain = Chain.from(SOLE.genesis);
  const [, storer] = SOLE.nodes;
  assert.ok(storer);
  append(chain, SOLE, [announce(5n)]);
  for (const nonce of [5n, 4n, 0n]) {
    refuses(chain, SOLE, announce(nonce, factsOf('b')), { code: 'PROVENDER_CONFLICT', message: /nonce/ });
  }
  const byStorer = announceRecord(storer, SOLE.name, { facts: factsOf('b'), nonce: 6n });
  refuses(chain, SOLE, byStorer, { code: 'PROVENDER_INVALID', message: /no primary/ });
  const forged = announceRecord({ ...SOLE.primary, signer: storer.signer }, SOLE.name, {
    facts: factsOf('b'),
    nonce: 6n,
  });
  refuses(chain, SOLE, forged, { code: 'PROVENDER_INVALID', message: /signature/ });
  const elsewhere = announceRecord(SOLE.primary, 'another', { facts: factsOf('b'), nonce: 6n });
  refuses(chain, SOLE, elsewhere, { code: 'PROVENDER_INVALID', message: /another network/ });
  assert.throws(() => chain.next(roundFor(chain, SOLE.primary, [announce(7n), announce(6n, factsOf('b'))])), {
    code: 'PROVENDER_CONFLICT',
    message: /nonce/,
  });
});

test('a primary announces an object once in a round; another primary, and a later round, may too', () => {
  const network = twoPrimaries();
  const [first, second] = network.nodes;
  assert.ok(first && second);
  const chain = Chain.from(network.genesis);
  const of = (node = first, nonce = 1n): Uint8Array => announceRecord(node, network.name, { ...FILE, nonce });
  const both = roundFor(chain, first, [of(), of(first, 2n)]);
  assert.throws(() => chain.next(both), { code: 'PROVENDER_CONFLICT', message: /in this round already/ });
  append(chain, network, [of(), of(second)]);
  append(chain, network, [of(first, 2n)]);
  assert.deepEqual(
    chain.announces(ID).map(({ announced }) => announced),
    [1n, 1n, 2n],
  );
});

/** A chain with an open Announce and its lottery. */
function announced(empty = 1): Chain {
  const chain = Chain.from(SOLE.genesis);
  append(chain, SOLE, [announce(1n)], empty);
  return chain;
}

const placed = (
  chain: Chain,
  change: { announced?: bigint; storers?: TestNetwork['nodes'] } = {},
): Uint8Array =>
  setKeyRecord(chain, SOLE, { ...FILE, announced: 1n, storers: SOLE.nodes.slice(1), ...change });

test('a SetKey places an object once, and closes its Announces', () => {
  const chain = announced();
  append(chain, SOLE, [announce(2n)], 1);
  const record = placed(chain, { announced: 3n });
  chain.admits(record);
  assert.equal(chain.placedIn(ID), undefined);
  append(chain, SOLE, [record]);
  assert.equal(chain.placedIn(ID), 5n);
  assert.deepEqual(chain.openAnnounces(), []);
  const conflict = { code: 'PROVENDER_CONFLICT', message: /is placed in round 5/ };
  refuses(chain, SOLE, record, conflict);
  refuses(chain, SOLE, announce(9n), conflict);
});

test('one round holds one SetKey of an object, and no Announce behind it', () => {
  const chain = announced();
  for (const records of [
    [placed(chain), placed(chain)],
    [placed(chain), announce(2n)],
  ]) {
    assert.throws(() => chain.next(roundFor(chain, SOLE.primary, records)), {
      code: 'PROVENDER_CONFLICT',
      message: /record 1: .*is placed in round 3/,
    });
  }
});

test('a SetKey counts up to round a + 20', () => {
  const chain = announced(18);
  const record = placed(chain);
  const late = Chain.from(SOLE.genesis);
  append(late, SOLE, [announce(1n)], 19);
  assert.equal(late.head.number, 20n);
  append(late, SOLE, [placed(late)]);
  assert.equal(late.placedIn(ID), 21n);
  append(chain, SOLE, [], 1);
  append(chain, SOLE, []);
  refuses(chain, SOLE, record, {
    code: 'PROVENDER_CONFLICT',
    message: /does not belong into round 23, 21 at most/,
  });
});

test('a SetKey that does not hold is refused, with the reason of the checker', () => {
  const chain = announced();
  const [, one, two] = SOLE.nodes;
  assert.ok(one && two);
  const refusedFor = (record: Uint8Array, reason: string): void => {
    assert.throws(() => chain.admits(record), { code: 'PROVENDER_INVALID', details: { reason } });
    assert.throws(() => chain.next(roundFor(chain, SOLE.primary, [record])), {
      code: 'PROVENDER_INVALID',
      details: { reason },
    });
  };
  refusedFor(placed(chain, { storers: [one, two] }), 'mismatch');
  refusedFor(placed(chain, { storers: [one, two, two] }), 'duplicate');
  refusedFor(placed(chain, { announced: 0n }), 'unknown');
  assert.throws(() => chain.admits(placed(chain, { announced: 3n })), { code: 'PROVENDER_CONFLICT' });
  assert.throws(() => chain.admits(placed(chain, { announced: 2n ** 63n })), { code: 'PROVENDER_CONFLICT' });
  const whole = placed(chain);
  const flipped = whole.slice();
  flipped[whole.length - 1] = (flipped[whole.length - 1] ?? 0) ^ 1;
  refusedFor(flipped, 'signature');
  chain.admits(whole);
});

test('before the seed of its lottery there is no SetKey', () => {
  const chain = announced(0);
  const record = placed(chain);
  assert.throws(() => chain.admits(record), { code: 'PROVENDER_INVALID', details: { reason: 'round' } });
});

test('a proposer chooses what fits together, and says why not the others', () => {
  const chain = announced();
  const [, storer] = SOLE.nodes;
  assert.ok(storer);
  const setKey = placed(chain);
  const update = (nonce: bigint): Uint8Array =>
    updateRecord(storer, SOLE.name, { changes: { region: Number(nonce) }, nonce });
  const [late, early, again] = [announce(8n, factsOf('c')), announce(7n, factsOf('b')), announce(9n)];
  const stale = announce(1n, factsOf('d'));
  const broken = Uint8Array.from([1, 1, ...bytesOf('x'), ...new Uint8Array(9)]);
  const waiting = [
    late,
    update(3n),
    early,
    again,
    setKey,
    stale,
    broken,
    update(2n),
    registerRecord(storer, SOLE.name),
  ];
  const before = chain.head;
  const { records, refused } = chain.choose(waiting);
  assert.equal(chain.head, before);
  assert.deepEqual(records, [update(2n), update(3n), setKey, early, late]);
  assert.deepEqual(
    new Map(refused.map(({ record, error }) => [record, error.code])),
    new Map([
      [registerRecord(storer, SOLE.name), 'PROVENDER_CONFLICT'],
      [broken, 'PROVENDER_UNSUPPORTED'],
      [stale, 'PROVENDER_CONFLICT'],
      [again, 'PROVENDER_CONFLICT'],
    ]),
  );
  chain.next(roundFor(chain, SOLE.primary, records));
  assert.equal(chain.placedIn(ID), 3n);
  assert.deepEqual(chain.choose([]), { records: [], refused: [] });
});

test('a replay of one’s own log places what was placed', () => {
  const chain = announced();
  const record = placed(chain);
  const replay = announced();
  const round = roundFor(chain, SOLE.primary, [record]);
  replay.next(round, { trusted: true });
  chain.next(round);
  assert.equal(replay.placedIn(ID), chain.placedIn(ID));
  assert.deepEqual(replay.head, chain.head);
});
