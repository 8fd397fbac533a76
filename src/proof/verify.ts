/**
 * `provender/verify`: checks commitments and proofs from their bytes alone, in Node and in browsers. Its import graph has nothing of Node
 * and no package but @noble. Everything here is a pure function of its arguments.
 *
 * @module
 * @see docs/api.md, "Verify without a node"
 */
export {
  OBJECT_KIND,
  type ObjectFacts,
  type ObjectId,
  type ObjectKind,
  objectId,
  objectIdHex,
  parseObjectId,
} from '../content/object-id.ts';
export { isProvenderError, ProvenderError } from '../content/provender-error.ts';
export { type Challenge, PROOF_FORM, PROOF_MODE } from './challenge.ts';
export { commR, decodeCommitment, isSignedByStorer, replicaId, type Statement } from './commitment.ts';
export { profileName } from './profile.ts';
export { type ReplicaProof, readProof } from './read-proof.ts';
export { Rejection, type RejectionReason, type Verdict } from './verdict.ts';
export { verifyReplicaProof } from './verify-replica.ts';
