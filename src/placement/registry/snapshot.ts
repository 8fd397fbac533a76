import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { HASH_SIZE } from '../../content/geometry.ts';
import { hashTag } from '../../content/hash-tag.ts';
import { sha256 } from '../../content/kernels.ts';
import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { pathBeside, rootBesidePath, type TreePath, treeLevels } from './merkle-path.ts';

/** What a snapshot says of a node. */
export interface SnapshotLeaf {
  /** Ed25519 node key, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** Key of its lottery, 32 bytes. */
  readonly vrfKey: Uint8Array;
  /** w, below 2^64. */
  readonly weight: bigint;
  /** Hash of the operator's account, 32 bytes. */
  readonly operatorId: Uint8Array;
  /** u16. */
  readonly region: number;
}

const REGISTRY_TAG = hashTag('registry');
const MAX_U64 = 2n ** 64n - 1n;

/** Bytes of a leaf: storerPK ‖ vrfPK ‖ u64 w ‖ operatorId ‖ u16 region. @see rounds.md */
function encodeLeaf(leaf: SnapshotLeaf): Uint8Array {
  const weight = new Uint8Array(8);
  new DataView(weight.buffer).setBigUint64(0, leaf.weight);
  const region = Uint8Array.of(leaf.region >>> 8, leaf.region & 0xff);
  return concatBytes(leaf.storerKey, leaf.vrfKey, weight, leaf.operatorId, region);
}

/** registryRoot = H(tag(registry) ‖ u64 W ‖ MTH), 32 bytes. @see rounds.md */
export function registryRoot(totalWeight: bigint, treeHash: Uint8Array): Uint8Array {
  const weight = new Uint8Array(8);
  new DataView(weight.buffer).setBigUint64(0, totalWeight);
  return sha256(REGISTRY_TAG, weight, treeHash);
}

/** The tree hash that a leaf with its path leads to; `undefined` for a path of another length, or a place outside the tree. */
export function rootOfPath(leaf: SnapshotLeaf, place: TreePath): Uint8Array | undefined {
  return rootBesidePath(encodeLeaf(leaf), place);
}

/**
 * The registry as the rounds of an epoch use it: keys and weights that do not change, and the tree over them. Retired nodes are not in it;
 * nodes without weight are, though no lottery selects them.
 *
 * @see storer-selection.md, section 2, "Snapshots"
 */
export class Snapshot {
  readonly epoch: bigint;
  /** W, below 2^64. */
  readonly totalWeight: bigint;
  /** In the order of their storer keys. */
  readonly leaves: readonly SnapshotLeaf[];
  /** Regions of nodes that have weight. */
  readonly regions: number;
  readonly #places: ReadonlyMap<string, number>;
  #levels: readonly Uint8Array[] | undefined;

  /** @throws ProvenderError `PROVENDER_INVALID` when the weights do not fit 64 bits, or a storer key comes twice */
  constructor(epoch: bigint, leaves: Iterable<SnapshotLeaf>) {
    this.epoch = epoch;
    this.leaves = [...leaves].sort((a, b) => compareBytes(a.storerKey, b.storerKey));
    this.totalWeight = this.leaves.reduce((sum, leaf) => sum + leaf.weight, 0n);
    this.regions = new Set(this.leaves.filter(({ weight }) => weight > 0n).map(({ region }) => region)).size;
    this.#places = new Map(this.leaves.map((leaf, i) => [bytesToHex(leaf.storerKey), i]));
    if (this.totalWeight > MAX_U64) {
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `snapshot: total weight ${this.totalWeight}, limit 2^64 - 1`,
      );
    }
    if (this.#places.size !== this.leaves.length) {
      throw new ProvenderError('PROVENDER_INVALID', 'snapshot: a storer key comes twice');
    }
  }

  get leafCount(): number {
    return this.leaves.length;
  }

  /** registryRoot, 32 bytes. */
  get root(): Uint8Array {
    return registryRoot(this.totalWeight, this.#tree().at(-1) ?? new Uint8Array(HASH_SIZE));
  }

  /** @param storerKey - 32 bytes */
  find(storerKey: Uint8Array): SnapshotLeaf | undefined {
    const index = this.#places.get(bytesToHex(storerKey));
    return index === undefined ? undefined : this.leaves[index];
  }

  /**
   * A leaf and the nodes beside its path, from the leaf up.
   * @throws ProvenderError `PROVENDER_NOT_FOUND` for a storer that is not in the snapshot
   */
  path(storerKey: Uint8Array): { leaf: SnapshotLeaf; index: number; path: readonly Uint8Array[] } {
    const index = this.#places.get(bytesToHex(storerKey));
    const leaf = index === undefined ? undefined : this.leaves[index];
    if (index === undefined || leaf === undefined) {
      throw new ProvenderError(
        'PROVENDER_NOT_FOUND',
        `storer ${bytesToHex(storerKey).slice(0, 8)}.. is not in the snapshot of epoch ${this.epoch}`,
      );
    }
    return { leaf, index, path: pathBeside(this.#tree(), index) };
  }

  #tree(): readonly Uint8Array[] {
    this.#levels ??= treeLevels(this.leaves.map(encodeLeaf));
    return this.#levels;
  }
}
