import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectId } from '../../src/content/object-id.ts';
import { buildReceipt, verifyReceipt } from '../../src/placement/receipt.ts';
import { formatGenesis, parseGenesis } from '../../src/placement/registry/genesis.ts';
import { Chain } from '../../src/placement/rounds/chain.ts';
import { announceRecord, factsOf, roundFor, setKeyRecord, testNetwork } from '../support/test-network.ts';

/** A network of five in which a file is announced, placed with three, and lies in the log. */
function placedFile() {
  const network = testNetwork(5);
  const { genesis, primary, nodes, name } = network;
  const chain = Chain.from(genesis);
  const rounds: Uint8Array[] = [genesis.round];
  const append = (records: readonly Uint8Array[]): void => {
    const round = roundFor(chain, primary, records);
    chain.next(round);
    rounds.push(round);
  };
  const facts = factsOf('a file');
  append([announceRecord(primary, name, { facts })]);
  append([]);
  const setKey = setKeyRecord(chain, network, { facts, announced: 1n, storers: nodes.slice(1, 4) });
  append([]);
  append([setKey]);
  const [round, setKeyRound, snapshot] = [rounds[2], rounds[4], chain.snapshotOf(2n)];
  assert.ok(round && setKeyRound && snapshot);
  return { network, chain, facts, parts: { setKey, round, setKeyRound, snapshot, genesis } };
}

test('what a log has placed makes a receipt that holds by the genesis file alone', () => {
  const { network, chain, facts, parts } = placedFile();
  const id = objectId(facts);
  assert.equal(chain.placedIn(id), 4n);
  const receipt = buildReceipt(parts);
  const genesis = parseGenesis(formatGenesis(network.genesis));
  const verdict = verifyReceipt(receipt, { genesis });
  assert.ok(verdict.ok, verdict.ok ? '' : `${verdict.reason}: ${verdict.detail}`);
  assert.deepEqual(verdict.facts.id, id);
  assert.deepEqual([verdict.facts.round.number, verdict.facts.setKeyRound.number], [2n, 4n]);
  const storers = verdict.facts.storers.map(({ leaf }) => Buffer.from(leaf.storerKey).toString('hex'));
  const expected = network.nodes.slice(1, 4).map(({ storerKey }) => Buffer.from(storerKey).toString('hex'));
  assert.deepEqual(storers.toSorted(), expected.toSorted());
});

test('the same write does not hold by the genesis of another network', () => {
  const { parts } = placedFile();
  const other = testNetwork(5, { name: 'another network' });
  const verdict = verifyReceipt(buildReceipt(parts), { genesis: other.genesis });
  assert.equal(verdict.ok ? 'ok' : verdict.reason, 'genesis');
});

test('a receipt is not made for storers that the snapshot does not have', () => {
  const { parts } = placedFile();
  const { genesis } = testNetwork(1);
  const snapshot = Chain.from(genesis).snapshotOf(1n);
  assert.ok(snapshot);
  assert.throws(() => buildReceipt({ ...parts, snapshot }), { code: 'PROVENDER_NOT_FOUND' });
});
