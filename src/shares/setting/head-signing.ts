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
import type { PlacedName } from '../shares.ts';

/** What is the same in all heads of a node. */
export interface HeadSigningOptions {
  readonly signer: Signer;
  /** 32 bytes; zeros for a node that stands alone. */
  readonly networkId: Uint8Array;
}

/** What tells one replica of an object at this node from another. */
export interface ReplicaChoice {
  readonly profile: number;
  /** Absent for a share that is set directly. */
  readonly placed?: PlacedName | undefined;
}

/** A replica as it was encoded. */
export interface EncodedReplica extends ReplicaChoice {
  /** R_1 … R_L, 32 bytes each; empty for profile none. */
  readonly layerRoots: readonly Uint8Array[];
}

/** The name of shares that are set directly. */
const DIRECT: PlacedName = { round: 0n, seed: new Uint8Array(32), replicaIndex: 0 };

/** Bytes of every head of a share in a profile. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown one */
export function headSize(profile: number): number {
  return encodeHead(TAG_LONE, new Uint8Array(commitmentSize(profile))).length;
}

/** Names replicas, by their placement or as set directly (round 0, seed 0^32, first replica), and makes their signed heads. */
export class HeadSigning {
  readonly #options: HeadSigningOptions;

  constructor(options: HeadSigningOptions) {
    this.#options = options;
  }

  /** Binds this node's replica of an object: 32 bytes. @see proof-of-replication.md, section 2 */
  replicaId(id: ObjectId, choice: ReplicaChoice): Uint8Array {
    return replicaId(this.#nameOf(id, choice));
  }

  /** Signs the Commitment of an object and makes its head. @see proof-of-replication.md, section 8 */
  sign(tag: Tag, facts: ObjectFacts, replica: EncodedReplica): HeldObject {
    const { kind, sizeBytes, count, dataRoot } = facts;
    const { layerRoots } = replica;
    const name = this.#nameOf(objectId(facts), replica);
    const statement = { kind, sizeBytes, count, dataRoot, ...name, layerRoots };
    const commitment = signCommitment(statement, this.#options.signer);
    return { id: statement.id, head: { tag, commitment, statement }, headBytes: encodeHead(tag, commitment) };
  }

  #nameOf(id: ObjectId, { profile, placed = DIRECT }: ReplicaChoice): ReplicaName {
    const { signer, networkId } = this.#options;
    const { round, seed, replicaIndex } = placed;
    return { profile, networkId, id, storerKey: signer.publicKey, seed, round, replicaIndex };
  }
}
