import { type ObjectFacts, objectId } from '../content/object-id.ts';
import { encodeHead } from '../objects/head.ts';
import { TAG_LONE, type Tag } from '../objects/tag.ts';
import { commitmentSize, type Signer, signCommitment, type Statement } from '../proof/commitment.ts';
import { PROFILE_NONE } from '../proof/profile.ts';
import type { HeldObject } from './held-object.ts';

/** What is the same in all heads of a node. */
export interface HeadSigningOptions {
  readonly signer: Signer;
  /** 32 bytes; zeros for a node that stands alone. */
  readonly networkId: Uint8Array;
}

const NO_SEED = new Uint8Array(32);

/** Makes the signed heads of shares that are set directly: profile none, round 0, seed 0^32, first replica. */
export class HeadSigning {
  /** Bytes of every head that it makes. */
  readonly headBytes = encodeHead(TAG_LONE, new Uint8Array(commitmentSize(PROFILE_NONE))).length;
  readonly #options: HeadSigningOptions;

  constructor(options: HeadSigningOptions) {
    this.#options = options;
  }

  /** Signs the Commitment of an object and makes its head. @see proof-of-replication.md, section 8 */
  sign(tag: Tag, facts: ObjectFacts): HeldObject {
    const { signer, networkId } = this.#options;
    const statement: Statement = {
      ...facts,
      id: objectId(facts),
      profile: PROFILE_NONE,
      networkId,
      storerKey: signer.publicKey,
      seed: NO_SEED,
      round: 0n,
      replicaIndex: 0,
      layerRoots: [],
    };
    const commitment = signCommitment(statement, signer);
    return { id: statement.id, head: { tag, commitment, statement }, headBytes: encodeHead(tag, commitment) };
  }
}
