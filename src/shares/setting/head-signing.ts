import { type ObjectFacts, type ObjectId, objectId } from '../../content/object-id.ts';
import { encodeHead } from '../../objects/head.ts';
import { TAG_LONE, type Tag } from '../../objects/tag.ts';
import {
  commitmentSize,
  replicaId,
  type ReplicaName,
  type Signer,
  signCommitment,
} from '../../proof/commitment.ts';
import type { HeldObject } from '../held-object.ts';

/** What is the same in all heads of a node. */
export interface HeadSigningOptions {
  readonly signer: Signer;
  /** 32 bytes; zeros for a node that stands alone. */
  readonly networkId: Uint8Array;
}

/** A replica as it was encoded. */
export interface EncodedReplica {
  readonly profile: number;
  /** R_1 … R_L, 32 bytes each; empty for profile none. */
  readonly layerRoots: readonly Uint8Array[];
}

const NO_SEED = new Uint8Array(32);

/** Bytes of every head of a share in a profile. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown one */
export function headSize(profile: number): number {
  return encodeHead(TAG_LONE, new Uint8Array(commitmentSize(profile))).length;
}

/** Names the replicas of shares that are set directly, and makes their signed heads: round 0, seed 0^32, first replica. */
export class HeadSigning {
  readonly #options: HeadSigningOptions;

  constructor(options: HeadSigningOptions) {
    this.#options = options;
  }

  /** Binds this node's replica of an object in a profile: 32 bytes. @see proof-of-replication.md, section 2 */
  replicaId(id: ObjectId, profile: number): Uint8Array {
    return replicaId(this.#nameOf(id, profile));
  }

  /** Signs the Commitment of an object and makes its head. @see proof-of-replication.md, section 8 */
  sign(tag: Tag, facts: ObjectFacts, { profile, layerRoots }: EncodedReplica): HeldObject {
    const { kind, sizeBytes, count, dataRoot } = facts;
    const name = this.#nameOf(objectId(facts), profile);
    const statement = { kind, sizeBytes, count, dataRoot, ...name, layerRoots };
    const commitment = signCommitment(statement, this.#options.signer);
    return { id: statement.id, head: { tag, commitment, statement }, headBytes: encodeHead(tag, commitment) };
  }

  #nameOf(id: ObjectId, profile: number): ReplicaName {
    const { signer, networkId } = this.#options;
    const storerKey = signer.publicKey;
    return { profile, networkId, id, storerKey, seed: NO_SEED, round: 0n, replicaIndex: 0 };
  }
}
