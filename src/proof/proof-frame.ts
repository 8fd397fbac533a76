import { BLOCK_SIZE, HASH_SIZE, LEAF_SIZE } from '../content/geometry.ts';
import { type NodePlace, siblingPlaces } from './multiproof.ts';
import { leafCount } from './opened-leaves.ts';

/** Leaves that a proof opens in one layer. */
export interface LayerOpening {
  /** l; 0 for the content. */
  readonly layer: number;
  /** Strictly ascending. */
  readonly leaves: readonly number[];
}

/** A proof of which all but leaves and nodes is written. */
export interface ProofFrame {
  /** The whole proof: complete when every opening is filled. */
  readonly bytes: Uint8Array;
  /** Layer L in full where the proof is the whole replica; else empty. */
  readonly replica: Uint8Array;
  readonly openings: readonly OpeningFrame[];
}

const COUNT_SIZE = 4;
const INDEX_SIZE = 4;

/** Room in a proof for leaves of one layer and the nodes beside their paths, to be filled in any order. */
export class OpeningFrame implements LayerOpening {
  readonly layer: number;
  readonly leaves: readonly number[];
  /** Where the nodes of the proof lie, in its order. */
  readonly siblings: readonly NodePlace[];
  #leafBytes: Uint8Array = new Uint8Array();
  #siblingBytes: Uint8Array = new Uint8Array();

  /** @param count - leaves of the layer */
  constructor({ layer, leaves }: LayerOpening, count: number) {
    this.layer = layer;
    this.leaves = leaves;
    this.siblings = siblingPlaces(leaves, count);
  }

  /** Bytes of MP = u32 m ‖ m × u32 index ‖ m × leaf ‖ u32 q ‖ q × sibling. */
  get sizeBytes(): number {
    const { leaves, siblings } = this;
    return 2 * COUNT_SIZE + leaves.length * (INDEX_SIZE + LEAF_SIZE) + siblings.length * HASH_SIZE;
  }

  /** Writes counts and indices into `bytes`, and everything else when it is put. @param bytes - exactly `sizeBytes` */
  begin(bytes: Uint8Array): void {
    const { leaves, siblings } = this;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setUint32(0, leaves.length);
    leaves.forEach((leaf, i) => {
      view.setUint32(COUNT_SIZE + i * INDEX_SIZE, leaf);
    });
    const firstLeaf = COUNT_SIZE + leaves.length * INDEX_SIZE;
    const behindLeaves = firstLeaf + leaves.length * LEAF_SIZE;
    view.setUint32(behindLeaves, siblings.length);
    this.#leafBytes = bytes.subarray(firstLeaf, behindLeaves);
    this.#siblingBytes = bytes.subarray(behindLeaves + COUNT_SIZE);
  }

  /** Puts the bytes of `leaves[i]`: 64. */
  putLeaf(i: number, leaf: Uint8Array): void {
    this.#leafBytes.set(leaf, i * LEAF_SIZE);
  }

  /** Puts the node of `siblings[i]`: 32 bytes. */
  putSibling(i: number, node: Uint8Array): void {
    this.#siblingBytes.set(node, i * HASH_SIZE);
  }
}

/**
 * Lays a proof out: its length and the place of every leaf and node are known before any of them is.
 * @see proof-of-replication.md, section 8
 */
export function frameProof(plan: {
  readonly head: Uint8Array;
  readonly blocks: number;
  readonly openings: readonly LayerOpening[];
}): ProofFrame {
  const openings = plan.openings.map((opening) => new OpeningFrame(opening, leafCount(plan.blocks)));
  const replicaBytes = openings.length === 0 ? plan.blocks * BLOCK_SIZE : 0;
  const openedBytes = openings.reduce((sum, opening) => sum + opening.sizeBytes, 0);
  const bytes = new Uint8Array(plan.head.length + replicaBytes + openedBytes);
  bytes.set(plan.head);
  let at = plan.head.length;
  for (const opening of openings) opening.begin(bytes.subarray(at, (at += opening.sizeBytes)));
  return { bytes, replica: bytes.subarray(at, at + replicaBytes), openings };
}
