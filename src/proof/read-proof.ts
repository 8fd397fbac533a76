import { HASH_SIZE } from '../content/geometry.ts';
import { type Challenge, PROOF_FORM } from './challenge.ts';
import { MESSAGE_REPLICA_PROOF } from './message-header.ts';
import { passesOf } from './profile.ts';
import { type MultiproofBytes, ProofReader } from './proof-reader.ts';
import { Rejection } from './verdict.ts';

/** The longest proof. */
export const MAX_PROOF_SIZE = 8 * 2 ** 20;
const VERSION = 1;

/** A ReplicaProof as it says itself; all bytes are views of it. */
export interface ReplicaProof extends Challenge {
  readonly profile: number;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** 32 bytes. */
  readonly commR: Uint8Array;
  /** The whole replica; empty in other forms. */
  readonly replica: Uint8Array;
  /** Of layer L, …, 1, 0 in a relation proof, of layer L in a possession proof. */
  readonly multiproofs: readonly MultiproofBytes[];
}

/**
 * Reads the bytes of a ReplicaProof without a single hash.
 * @throws Rejection `format`, `limit`
 * @see proof-of-replication.md, section 8; section 9, rule 1
 */
export function readProof(bytes: Uint8Array): ReplicaProof {
  if (bytes.length > MAX_PROOF_SIZE)
    throw new Rejection('limit', `proof of ${bytes.length} bytes, limit ${MAX_PROOF_SIZE}`);
  const reader = new ProofReader(bytes);
  expect(reader.uint(1) === VERSION, 'unknown version');
  expect(reader.uint(1) === MESSAGE_REPLICA_PROOF, 'not a replica proof');
  const profile = reader.uint(2);
  const passes = passesOf(profile);
  if (passes === undefined) throw new Rejection('format', `unknown profile ${profile}`);
  const networkId = reader.take(HASH_SIZE);
  const commR = reader.take(HASH_SIZE);
  const mode = reader.uint(1);
  const form = reader.uint(1);
  expect(reader.uint(2) === 0, 'a reserved field is not zero');
  const k = reader.uint(4);
  const beacon = reader.take(HASH_SIZE);
  const replica = reader.take(form === PROOF_FORM.whole ? reader.left : 0);
  const multiproofs = Array.from({ length: layersOf(form, passes) }, () => reader.multiproof());
  expect(reader.left === 0, `${reader.left} bytes behind the proof`);
  return { profile, networkId, commR, mode, form, k, beacon, replica, multiproofs };
}

/** Layers that a proof opens leaves of. */
function layersOf(form: number, passes: number): number {
  switch (form) {
    case PROOF_FORM.whole:
      return 0;
    case PROOF_FORM.relation:
      return passes + 1;
    case PROOF_FORM.possession:
      return 1;
    default:
      throw new Rejection('format', `unknown form ${form}`);
  }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Rejection('format', otherwise);
}
