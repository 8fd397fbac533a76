import assert from 'node:assert/strict';
import test from 'node:test';
import { Chain } from '../../../src/placement/rounds/chain.ts';
import {
  announceRecord,
  factsOf,
  idOf,
  roundFor,
  setKeyRecord,
  testNetwork,
  testNode,
} from '../../support/test-network.ts';

const facts = factsOf('a file');
const [first, second] = [testNode('storer 0'), testNode('storer 1')];
const primaries = [first, second].map(({ storerKey }, i) => ({
  storerKey,
  address: `127.0.0.1:${7411 + i}`,
}));

/** A chain whose first primary announced the object in round 1, and whom `again` announced it in round 3. */
function announcedAgain(again: typeof first) {
  const network = testNetwork(4, { primaries });
  const chain = Chain.from(network.genesis);
  const add = (...records: Uint8Array[]): void => chain.next(roundFor(chain, first, records));
  add(announceRecord(first, network.name, { facts }));
  add();
  const old = setKeyRecord(chain, network, { facts, announced: 1n, storers: network.nodes.slice(1) });
  add(announceRecord(again, network.name, { facts, nonce: 2n }));
  add();
  return { network, chain, add, old };
}

test('the SetKey of a placement that its primary has announced again is refused, that of the last one is taken', () => {
  const { network, chain, add, old } = announcedAgain(first);
  assert.throws(() => chain.admits(old), { code: 'PROVENDER_CONFLICT' });
  assert.throws(() => add(old), { code: 'PROVENDER_CONFLICT' });
  add(setKeyRecord(chain, network, { facts, announced: 3n, storers: network.nodes.slice(1) }));
  assert.equal(chain.placedIn(idOf('a file')), 5n);
});

test('an Announce of another primary takes nothing from a placement', () => {
  const { chain, add, old } = announcedAgain(second);
  add(old);
  assert.equal(chain.placedIn(idOf('a file')), 5n);
});

test('in one round, a SetKey is refused behind the Announce of its primary', () => {
  const network = testNetwork(4, { primaries });
  const chain = Chain.from(network.genesis);
  chain.next(roundFor(chain, first, [announceRecord(first, network.name, { facts })]));
  chain.next(roundFor(chain, first));
  const setKey = setKeyRecord(chain, network, { facts, announced: 1n, storers: network.nodes.slice(1) });
  const again = announceRecord(first, network.name, { facts, nonce: 2n });
  assert.throws(() => chain.next(roundFor(chain, first, [again, setKey])), { code: 'PROVENDER_CONFLICT' });
  // a proposer puts SetKeys first, so that the Announce is the one that comes too late
  assert.deepEqual(chain.choose([again, setKey]).records, [setKey]);
});
