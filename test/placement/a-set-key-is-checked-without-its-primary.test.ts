import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeClaim } from '../../src/placement/messages/claim.ts';
import { decodeCommit } from '../../src/placement/messages/commit.ts';
import { encodeSetKey, type SetKey } from '../../src/placement/messages/set-key.ts';
import { signMessage } from '../../src/placement/messages/signed-message.ts';
import { type SetKeyContext, verifySetKey } from '../../src/placement/verify-set-key.ts';
import { drawOf } from '../../src/vrf/lottery.ts';
import { verifyVrf } from '../../src/vrf/kernels.ts';
import { selectionInput } from '../../src/vrf/selection-input.ts';
import { makeCommit, makePlacement, makeStorer, type TestPlacement } from '../support/placement-fixtures.ts';
import { plainSetKey, taggedHash } from './plain-messages.ts';

/** The verdict on a SetKey that the primary signed with other fields. */
function verdictOn(
  placement: TestPlacement,
  change: Partial<SetKey> = {},
  context: Partial<SetKeyContext> = {},
): string {
  const bytes = encodeSetKey({ ...placement.fields, ...change }, placement.primary);
  const verdict = verifySetKey(bytes, { ...placement.context, ...context });
  return verdict.ok ? 'ok' : verdict.reason;
}

test('a SetKey that holds gives its storers in rank order, with what binds their replicas', () => {
  const placement = makePlacement();
  const verdict = verifySetKey(placement.setKey, placement.context);
  assert.ok(verdict.ok, verdict.ok ? '' : `${verdict.reason}: ${verdict.detail}`);
  const { storers, round, seed } = verdict.facts;
  assert.deepEqual([round, seed], [42n, placement.lottery.seed]);
  assert.deepEqual(
    storers.map(({ place }) => place),
    [0, 1, 2],
  );
  const { networkId, id, profile } = placement.fields;
  const alpha = selectionInput({ networkId, round, seed, attempt: 0 }, id);
  const draws = storers.map(({ leaf, claim }) =>
    drawOf(verifyVrf(leaf.vrfKey, alpha, claim.proof) ?? new Uint8Array(64)),
  );
  assert.deepEqual(
    draws,
    draws.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  for (const { leaf, commit, commR } of storers) {
    const name = [Uint8Array.of(0, profile), networkId, id, leaf.storerKey, seed];
    const replicaId = taggedHash('replica', ...name, Buffer.from('000000000000002a00000000', 'hex'));
    assert.deepEqual(Buffer.from(commR), taggedHash('commr', replicaId, ...commit.layerRoots));
  }
});

test('the order of the commitments, the name and a higher attempt are the word of the primary', () => {
  const placement = makePlacement();
  assert.equal(verdictOn(placement, { commitments: placement.fields.commitments.toReversed() }), 'ok');
  assert.equal(verdictOn(placement, { name: '' }), 'ok');
  assert.equal(verdictOn(placement, { attempt: 3 }), 'ok');
});

test('fewer commitments than announced, and a storer that comes twice, are refused', () => {
  const placement = makePlacement();
  const { commitments, primaryKey } = placement.fields;
  const [first, second] = commitments;
  assert.ok(first && second);
  assert.equal(verdictOn(placement, { commitments: [first, second, first] }), 'duplicate');
  const announce = { ...placement.fields, owner: new Uint8Array(20), nonce: 1n, primaryKey };
  const announced = (change = {}): Partial<SetKeyContext> => ({
    announces: () => [{ ...announce, ...change }],
  });
  assert.equal(verdictOn(placement, {}, announced()), 'ok');
  assert.equal(verdictOn(placement, { replicas: 2, commitments: [first, second] }, announced()), 'mismatch');
  assert.equal(verdictOn(placement, {}, announced({ profile: 2 })), 'mismatch');
  assert.equal(verdictOn(placement, {}, announced({ primaryKey: new Uint8Array(32) })), 'mismatch');
  assert.equal(verdictOn(placement, {}, { announces: () => [] }), 'unknown');
});

test('storers of an old snapshot, without weight there, or with another key there are refused', () => {
  const placement = makePlacement();
  const [storer] = placement.storers;
  assert.ok(storer);
  const isFirst = (key: Uint8Array): boolean => Buffer.compare(key, storer.leaf.storerKey) === 0;
  const snapshotWith = (leaf: typeof storer.leaf | undefined): Partial<SetKeyContext> => ({
    snapshotOf: () => ({
      totalWeight: placement.snapshot.totalWeight,
      regions: placement.snapshot.regions,
      find: (key) => (isFirst(key) ? leaf : placement.snapshot.find(key)),
    }),
  });
  assert.equal(verdictOn(placement, {}, snapshotWith(storer.leaf)), 'ok');
  assert.equal(verdictOn(placement, {}, snapshotWith(undefined)), 'unregistered');
  assert.equal(verdictOn(placement, {}, snapshotWith({ ...storer.leaf, weight: 0n })), 'unregistered');
  const { vrfKey } = makeStorer('the key before').leaf;
  assert.equal(verdictOn(placement, {}, snapshotWith({ ...storer.leaf, vrfKey })), 'proof');
});

test('rounds, seeds, attempts and lotteries that are not those of the claims are refused', () => {
  const placement = makePlacement();
  assert.equal(verdictOn(placement, {}, { seedOf: () => new Uint8Array(32) }), 'proof');
  assert.equal(
    verdictOn(
      placement,
      { announced: 40n },
      { seedOf: () => placement.lottery.seed, snapshotOf: () => placement.snapshot },
    ),
    'round',
  );
  assert.equal(verdictOn(placement, { announced: 40n }), 'round');
  assert.equal(verdictOn(placement, { announced: 2n ** 64n - 1n }), 'round');
  const tauNumerators = { 3: 1 };
  assert.equal(verdictOn(placement, {}, { rules: { tauNumerators, regionCap: true } }), 'threshold');
  assert.equal(verdictOn(placement, {}, { rules: { tauNumerators: {}, regionCap: true } }), 'threshold');
  const second = makePlacement({ attempt: 1 });
  assert.equal(verdictOn(second), 'ok');
  assert.equal(verdictOn(second, { attempt: 0 }), 'attempt');
});

test('a claim whose proof is that of another attempt is refused', () => {
  const [first, second] = [makePlacement(), makePlacement({ attempt: 1 })];
  const commitments = second.fields.commitments.map(({ claim, commit }, i) => {
    const { proof } = decodeClaim(first.fields.commitments[i]?.claim ?? new Uint8Array());
    const other = claim.slice();
    other.set(proof, 109);
    return { claim: other, commit };
  });
  assert.equal(verdictOn(second, { commitments }), 'mismatch', 'the commitments name another claim');
  const [storer] = first.storers;
  const [commitment] = commitments;
  assert.ok(storer && commitment);
  const commit = makeCommit(storer, commitment.claim, first.lottery);
  assert.equal(
    verdictOn(second, { commitments: [{ ...commitment, commit }, ...second.fields.commitments.slice(1)] }),
    'proof',
  );
});

test('the caps on operators and regions decide, unless there is one region or the cap is off', () => {
  const operatorId = new Uint8Array(32).fill(7);
  const [one, other, third] = ['a', 'b', 'c'].map((name, region) => makeStorer(name, { region }));
  assert.ok(one && other && third);
  const twins = [one, other].map((storer) => ({ ...storer, leaf: { ...storer.leaf, operatorId } }));
  assert.equal(verdictOn(makePlacement({ storers: [...twins, third] })), 'operator');
  const near = [one, other, third].map((storer) => ({ ...storer, leaf: { ...storer.leaf, region: 5 } }));
  assert.equal(verdictOn(makePlacement({ storers: near })), 'ok', 'one region in the snapshot');
  const withFarOne = makePlacement({ storers: [...near, makeStorer('far', { region: 6 })] });
  assert.equal(verdictOn(withFarOne), 'region');
  const off = { ...withFarOne.context.rules, regionCap: false };
  assert.equal(verdictOn(withFarOne, {}, { rules: off }), 'ok');
});

test('other signers, networks and primaries are refused', () => {
  const placement = makePlacement();
  const { setKey, context } = placement;
  const reason = (bytes: Uint8Array, change: Partial<SetKeyContext> = {}): string => {
    const verdict = verifySetKey(bytes, { ...context, ...change });
    return verdict.ok ? 'ok' : verdict.reason;
  };
  assert.equal(reason(setKey, { networkId: new Uint8Array(32) }), 'network');
  assert.equal(reason(setKey, { isPrimary: () => false }), 'primary');
  assert.equal(reason(Buffer.concat([plainSetKey(placement.fields), new Uint8Array(64)])), 'signature');
  const storer = placement.storers[4];
  assert.ok(storer);
  assert.equal(reason(encodeSetKey(placement.fields, storer.signer)), 'signature');
  for (const bytes of [new Uint8Array(), new Uint8Array(36), setKey.subarray(0, 200)])
    assert.equal(reason(bytes), 'form');
});

test('a flipped byte is refused; inside a claim or a commitment also when the primary signs it again', () => {
  const placement = makePlacement({ replicas: 2 });
  const { setKey, context, fields } = placement;
  for (let at = 0; at < setKey.length; at++)
    assert.ok(!verifySetKey(flipped(setKey, at), context).ok, `byte ${at}`);
  const [first, second] = fields.commitments;
  assert.ok(first && second);
  for (let at = 0; at < first.claim.length; at++) {
    const claim = flipped(first.claim, at);
    assert.notEqual(
      verdictOn(placement, { commitments: [{ ...first, claim }, second] }),
      'ok',
      `claim ${at}`,
    );
  }
  for (let at = 0; at < first.commit.length; at++) {
    const commit = flipped(first.commit, at);
    assert.notEqual(
      verdictOn(placement, { commitments: [{ ...first, commit }, second] }),
      'ok',
      `commit ${at}`,
    );
  }
  const swapped = { claim: first.claim, commit: second.commit };
  assert.equal(verdictOn(placement, { commitments: [swapped, second] }), 'mismatch');
  assert.equal(decodeCommit(first.commit).sizeBytes, fields.sizeBytes);
});

test('a proof that the storer itself commits to, and that does not hold, is refused at every byte', () => {
  const placement = makePlacement({ replicas: 1 });
  const [storer] = placement.storers;
  const [commitment] = placement.fields.commitments;
  assert.ok(storer && commitment);
  for (let at = 109; at < 189; at++) {
    const claim = flipped(commitment.claim, at);
    const commit = makeCommit(storer, claim, placement.lottery);
    assert.equal(verdictOn(placement, { commitments: [{ claim, commit }] }), 'proof', `byte ${at}`);
  }
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
  return copy;
}

test('whatever a primary signs is answered, and nobody is in it who did not sign for it', () => {
  const placement = makePlacement({ replicas: 2 });
  const { context, primary } = placement;
  const unsigned = plainSetKey(placement.fields);
  const edits = fc.array(fc.tuple(fc.nat(unsigned.length - 33), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(edits, fc.nat(unsigned.length), fc.uint8Array({ maxLength: 40 }), (changes, at, inserted) => {
      const changed = Buffer.from(unsigned);
      for (const [offset, value] of changes) changed[offset] = value;
      const grown = Buffer.concat([unsigned.subarray(0, at), inserted, unsigned.subarray(at)]);
      for (const bytes of [changed, grown]) {
        const verdict = verifySetKey(signMessage(bytes, primary), context);
        const isUnheard = (claim: Uint8Array): boolean =>
          placement.fields.commitments.every((one) => Buffer.compare(one.claim, claim) !== 0);
        if (verdict.ok) assert.ok(!verdict.facts.setKey.commitments.some(({ claim }) => isUnheard(claim)));
      }
    }),
    { numRuns: 150 },
  );
});
