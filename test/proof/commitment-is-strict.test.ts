import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OBJECT_KIND, objectId } from '../../src/content/object-id.ts';
import {
  commitmentSize,
  commR,
  decodeCommitment,
  isSignedByStorer,
  replicaId,
  signCommitment,
  type Statement,
} from '../../src/proof/commitment.ts';
import { makeSigner } from '../support/open-shares.ts';
import { hex, testBytes } from './reference-tree.ts';

const signer = makeSigner();

function statement(change: Partial<Statement> = {}): Statement {
  const facts = { kind: OBJECT_KIND.file, sizeBytes: 123_456_789, count: 1, dataRoot: testBytes(32, 2) };
  return {
    ...facts,
    id: objectId(facts),
    profile: 0,
    networkId: testBytes(32, 3),
    storerKey: signer.publicKey,
    seed: testBytes(32, 4),
    round: 2n ** 63n + 5n,
    replicaIndex: 2 ** 31 + 1,
    layerRoots: [],
    ...change,
  };
}

test('what was signed is read back, and its signature holds', () => {
  const bytes = signCommitment(statement(), signer);
  assert.equal(bytes.length, commitmentSize(0));
  assert.deepEqual(plain(decodeCommitment(bytes)), plain(statement()));
  assert.ok(isSignedByStorer(bytes));
});

/** Bytes as hex, so that a Buffer equals a Uint8Array. */
function plain(value: Statement): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, field instanceof Uint8Array ? hex(field) : field]),
  );
}

test('no byte can be changed without being noticed', () => {
  const bytes = signCommitment(statement(), signer);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ change;
      let accepted = false;
      try {
        accepted = isSignedByStorer(changed);
      } catch {
        // refused already by its form
      }
      assert.equal(accepted, false);
    }),
  );
});

test('wrong length, type, version and profile are refused', () => {
  const bytes = signCommitment(statement(), signer);
  assert.throws(() => decodeCommitment(bytes.subarray(1)), { code: 'PROVENDER_UNSUPPORTED' });
  for (const length of [0, 35, 36, bytes.length - 1])
    assert.throws(() => decodeCommitment(bytes.subarray(0, length)), { code: 'PROVENDER_INVALID' });
  assert.throws(() => decodeCommitment(Buffer.concat([bytes, Buffer.alloc(1)])), {
    code: 'PROVENDER_INVALID',
  });
  for (const [at, value, code] of [
    [0, 2, 'PROVENDER_UNSUPPORTED'],
    [1, 4, 'PROVENDER_INVALID'],
    [3, 1, 'PROVENDER_INVALID'], // a replica has another length
    [3, 3, 'PROVENDER_UNSUPPORTED'],
  ] as const) {
    const changed = bytes.slice();
    changed[at] = value;
    assert.throws(() => decodeCommitment(changed), { code });
  }
});

test('replicaId and commR depend on each field that they bind', () => {
  const base = hex(commR(statement()));
  assert.notEqual(base, hex(replicaId(statement())));
  const changes: Partial<Statement>[] = [
    { networkId: testBytes(32, 9) },
    { storerKey: testBytes(32, 9) },
    { seed: testBytes(32, 9) },
    { round: 1n },
    { replicaIndex: 1 },
    { layerRoots: [testBytes(32, 9)] },
  ];
  for (const change of changes) assert.notEqual(hex(commR(statement(change))), base);
});
