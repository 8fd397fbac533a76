import { HASH_SIZE } from '../content/geometry.ts';
import type { Challenge } from './challenge.ts';
import { encodeStatement, type Statement } from './commitment.ts';

/** What a proof is judged by, as kernels take it. */
export interface ProofQuestion {
  /** The bytes of a Commitment without its signature. */
  readonly statement: Uint8Array;
  /** u8 mode, u8 form, u16 0, u32 k, beacon: 40 bytes, as the head of a proof has them. */
  readonly challenge: Uint8Array;
}

const CHALLENGE_SIZE = 8 + HASH_SIZE;

/** Lays out statement and challenge for kernels; `undefined` when a field does not fit its place there. */
export function encodeQuestion(statement: Statement, expected: Challenge): ProofQuestion | undefined {
  if (!hasPlainNumbers(statement, expected) || !hasPlainHashes(statement, expected)) return undefined;
  const challenge = new Uint8Array(CHALLENGE_SIZE);
  challenge[0] = expected.mode;
  challenge[1] = expected.form;
  new DataView(challenge.buffer).setUint32(4, expected.k);
  challenge.set(expected.beacon, 8);
  return { statement: encodeStatement(statement), challenge };
}

function hasPlainNumbers(
  { profile, kind, sizeBytes, count, round, replicaIndex }: Statement,
  { mode, form, k }: Challenge,
): boolean {
  const fits = (value: number, limit: number): boolean =>
    Number.isInteger(value) && value >= 0 && value < limit;
  return (
    fits(profile, 2 ** 16) &&
    fits(kind, 2 ** 8) &&
    fits(sizeBytes, 2 ** 53) &&
    fits(count, 2 ** 32) &&
    BigInt.asUintN(64, round) === round &&
    fits(replicaIndex, 2 ** 32) &&
    fits(mode, 2 ** 8) &&
    fits(form, 2 ** 8) &&
    fits(k, 2 ** 32)
  );
}

function hasPlainHashes(statement: Statement, { beacon }: Challenge): boolean {
  const { networkId, id, dataRoot, storerKey, seed, layerRoots } = statement;
  return [networkId, id, dataRoot, storerKey, seed, beacon, ...layerRoots].every(
    ({ length }) => length === HASH_SIZE,
  );
}
