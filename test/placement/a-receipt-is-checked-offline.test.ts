import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import { decodeReceipt, encodeReceipt, type Receipt, verifyReceipt } from '../../src/placement/receipt.ts';
import { encodeRound, type UnsignedRound, decodeRound } from '../../src/placement/rounds/round.ts';
import { encodeSetKey } from '../../src/placement/messages/set-key.ts';
import { bytesOf, makeStorer } from '../support/placement-fixtures.ts';
import { signerOf } from '../support/message-signer.ts';
import { makeReceipt, type TestReceipt } from '../support/receipt-fixtures.ts';

const VALID = makeReceipt();

/** The verdict on the receipt with other fields, beside the genesis unless told otherwise. */
function verdictOn(change: Partial<Receipt>, { receipt, genesis }: TestReceipt = VALID): string {
  const verdict = verifyReceipt(encodeReceipt({ ...decodeReceipt(receipt), ...change }), { genesis });
  return verdict.ok ? 'ok' : verdict.reason;
}

/** A round with other fields, signed again by the primary. */
function roundWith(bytes: Uint8Array, change: Partial<UnsignedRound>, signer = VALID.primary): Uint8Array {
  return encodeRound({ ...decodeRound(bytes), ...change }, signer);
}

test('a receipt holds with and without the genesis, and says which and what it relied on', () => {
  const { receipt, genesis, fields, setKeyRound, round } = VALID;
  for (const trust of [{ genesis }, {}]) {
    const verdict = verifyReceipt(receipt, trust);
    assert.ok(verdict.ok, verdict.ok ? '' : `${verdict.reason}: ${verdict.detail}`);
    const { facts } = verdict;
    assert.equal(facts.isGenesisChecked, 'genesis' in trust);
    assert.deepEqual([facts.id, facts.name, facts.sizeBytes], [fields.id, fields.name, fields.sizeBytes]);
    assert.deepEqual([facts.replicas, facts.profile, facts.kind], [3, 1, OBJECT_KIND.file]);
    assert.deepEqual(facts.genesisHash, genesis.hash);
    assert.deepEqual(
      facts.storers.map(({ place }) => place),
      [0, 1, 2],
    );
    assert.deepEqual([facts.round.number, facts.setKeyRound.number], [42n, 43n]);
    assert.deepEqual(
      [hashOf(round), hashOf(setKeyRound)],
      [facts.round.hash, facts.setKeyRound.hash].map(hex),
    );
  }
});

/** H(tag(round) ‖ all bytes), in hex, by OpenSSL alone. */
function hashOf(round: Uint8Array): string {
  const tag = Buffer.alloc(32);
  tag.write('provender/round/v1');
  return createHash('sha256').update(tag).update(round).digest('hex');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

test('a genesis with other primaries, parameters or another hash does not take it', () => {
  const { receipt, genesis } = VALID;
  const reason = (change: Partial<typeof genesis>): string => {
    const verdict = verifyReceipt(receipt, { genesis: { ...genesis, ...change } });
    return verdict.ok ? 'ok' : verdict.reason;
  };
  assert.equal(reason({}), 'ok');
  assert.equal(reason({ hash: bytesOf('another') }), 'genesis');
  assert.equal(reason({ networkId: bytesOf('another') }), 'network');
  assert.equal(reason({ primaries: [] }), 'primary');
  const { tauNumerators, regionCap } = genesis.parameters;
  assert.equal(reason({ parameters: { tauNumerators: { ...tauNumerators, 3: 1 }, regionCap } }), 'genesis');
  assert.equal(reason({ parameters: { tauNumerators, regionCap: !regionCap } }), 'genesis');
});

test('entries that are not in the snapshot of the round are refused', () => {
  const { entries, leafCount, totalWeight } = decodeReceipt(VALID.receipt);
  const [first, second, third] = entries;
  assert.ok(first && second && third);
  const withFirst = (change: Partial<typeof first>): Partial<Receipt> => ({
    entries: [{ ...first, ...change }, second, third],
  });
  const withLeaf = (change: Partial<typeof first.leaf>): Partial<Receipt> =>
    withFirst({ leaf: { ...first.leaf, ...change } });
  assert.equal(verdictOn(withFirst({})), 'ok');
  assert.equal(verdictOn(withLeaf({ weight: first.leaf.weight + 1n })), 'snapshot');
  assert.equal(verdictOn(withLeaf({ region: first.leaf.region + 1 })), 'snapshot');
  assert.equal(verdictOn(withLeaf({ operatorId: bytesOf('another') })), 'snapshot');
  assert.equal(verdictOn(withLeaf({ vrfKey: bytesOf('another') })), 'snapshot');
  assert.equal(verdictOn(withFirst({ index: first.index + 1 })), 'snapshot');
  assert.equal(verdictOn(withFirst({ index: leafCount })), 'snapshot');
  assert.equal(verdictOn(withFirst({ path: first.path.slice(1) })), 'snapshot');
  assert.equal(verdictOn(withFirst({ path: [...first.path, bytesOf('more')] })), 'snapshot');
  assert.equal(verdictOn({ totalWeight: totalWeight + 1n }), 'snapshot');
  assert.equal(verdictOn({ entries: [first, second] }), 'snapshot');
  assert.equal(verdictOn({ entries: [first, second, second] }), 'unregistered');
  assert.equal(verdictOn({ entries: [third, second, first] }), 'ok', 'their order says nothing');
});

test('a registry of an older round, or storers that another snapshot has, are refused', () => {
  const other = makeReceipt({ storers: [...VALID.storers, makeStorer('new', { region: 99 })] });
  assert.equal(verdictOn({}, other), 'ok');
  const { entries, totalWeight, leafCount } = decodeReceipt(other.receipt);
  assert.equal(verdictOn({ entries, totalWeight, leafCount }), 'snapshot');
  assert.equal(verdictOn({ round: other.round }), 'round', 'the round of the SetKey follows another');
});

test('rounds that are forged, of others, or out of order are refused', () => {
  const { round, setKeyRound } = VALID;
  const stranger = signerOf(bytesOf('stranger'));
  const unlinked = roundWith(setKeyRound, { number: 50n });
  const late = (change: Partial<UnsignedRound>): Partial<Receipt> => ({
    round: roundWith(round, change),
    setKeyRound: unlinked,
  });
  assert.equal(verdictOn({ setKeyRound: unlinked }), 'ok', 'rounds lie between');
  assert.equal(verdictOn(late({ seed: bytesOf('another') })), 'proof');
  assert.equal(verdictOn(late({ registryRoot: bytesOf('another') })), 'snapshot');
  assert.equal(verdictOn(late({ number: 41n })), 'round');
  assert.equal(verdictOn(late({ networkId: bytesOf('another') })), 'network');
  assert.equal(verdictOn({ round: roundWith(round, {}, stranger), setKeyRound: unlinked }), 'signature');
  const ofStranger = { proposerKey: stranger.publicKey };
  assert.equal(verdictOn({ setKeyRound: roundWith(setKeyRound, ofStranger, stranger) }), 'primary');
  assert.equal(verdictOn({ setKeyRound: roundWith(setKeyRound, { prevHash: bytesOf('another') }) }), 'round');
  assert.equal(verdictOn({ setKeyRound: roundWith(setKeyRound, { number: 42n }) }), 'round');
  assert.equal(verdictOn({ setKeyRound: roundWith(setKeyRound, { records: [] }) }), 'record');
});

test('a receipt of another SetKey, of fewer commitments, or of a collection is refused', () => {
  const { fields, primary, setKeyRound } = VALID;
  const renamed = encodeSetKey({ ...fields, name: 'another' }, primary);
  assert.equal(verdictOn({ setKey: renamed }), 'record');
  assert.equal(
    verdictOn({ setKey: renamed, setKeyRound: roundWith(setKeyRound, { records: [renamed] }) }),
    'ok',
  );
  const fewer = encodeSetKey(
    { ...fields, replicas: 2, commitments: fields.commitments.slice(0, 2) },
    primary,
  );
  assert.equal(
    verdictOn({ setKey: fewer, setKeyRound: roundWith(setKeyRound, { records: [fewer] }) }),
    'snapshot',
  );
  assert.equal(verdictOn({ tauNumerator: 1 }), 'genesis');
  const facts = { kind: OBJECT_KIND.collection, sizeBytes: 8192, count: 1, dataRoot: fields.dataRoot };
  const collection = encodeSetKey({ ...fields, ...facts, id: objectId(facts), name: '' }, primary);
  assert.equal(verdictOn({ setKey: collection }), 'kind');
});
