import { OBJECT_KIND, type ObjectFacts, type ObjectId } from '../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../content/provender-error.ts';
import { storedSize } from '../objects/stored-size.ts';
import type { NodeCallOptions, PlacedReplica, ReplicaKeeper } from '../placement/ports.ts';
import type { Challenge } from '../proof/challenge.ts';
import { decodeCommitment, type Statement } from '../proof/commitment.ts';
import { profilePasses } from '../proof/profile.ts';
import { headSize } from '../shares/setting/head-signing.ts';
import type { Shares } from '../shares/shares.ts';

/** Keeps placed replicas among the shares of the node. Files only: chunks and collections are not placed. */
export class SharesReplicaKeeper implements ReplicaKeeper {
  readonly #shares: Shares;

  /** @param shares - stays the owner's */
  constructor(shares: Shares) {
    this.#shares = shares;
  }

  freeBytes(): number {
    const { limitBytes, storedBytes, reservedBytes } = this.#shares.usage();
    return Math.max(0, limitBytes - storedBytes - reservedBytes);
  }

  storedBytes({ sizeBytes, profile }: { readonly sizeBytes: number; readonly profile: number }): number {
    return storedSize(
      { kind: OBJECT_KIND.file, sizeBytes, passes: profilePasses(profile) },
      headSize(profile),
    );
  }

  async holds(id: ObjectId): Promise<boolean> {
    return (await this.#statement(id)) !== undefined;
  }

  async keep(
    object: Pick<ObjectFacts, 'kind' | 'sizeBytes' | 'count'> & {
      readonly id: ObjectId;
      readonly profile: number;
      readonly placed: PlacedReplica;
    },
    source: AsyncIterable<Uint8Array>,
    options?: NodeCallOptions,
  ): Promise<{ readonly dataRoot: Uint8Array; readonly layerRoots: readonly Uint8Array[] }> {
    const { kind, id, sizeBytes, profile, placed } = object;
    if (kind !== OBJECT_KIND.file)
      throw new ProvenderError(
        'PROVENDER_UNSUPPORTED',
        `objects of kind ${kind} are not placed, only files are`,
      );
    const { stat } = await this.#shares.setFile({ id, sizeBytes, profile, placed }, source, options);
    const { dataRoot, layerRoots } = decodeCommitment(stat.commitment);
    return { dataRoot, layerRoots };
  }

  async prove(id: ObjectId, challenge: Challenge, options?: NodeCallOptions): Promise<Uint8Array> {
    return (await this.#shares.verifyFile({ id, challenge }, options)).proof;
  }

  /** What was set directly has round 0 and is not touched: it was never `keep`'s. */
  async drop(id: ObjectId): Promise<void> {
    const held = await this.#statement(id);
    if (held === undefined || held.round === 0n) return;
    try {
      await this.#shares.removeFile(id);
    } catch (error) {
      if (!isProvenderError(error, 'PROVENDER_NOT_FOUND')) throw error; // somebody else was faster
    }
  }

  /** What the head of a file says, if one is held. */
  async #statement(id: ObjectId): Promise<Statement | undefined> {
    try {
      return decodeCommitment((await this.#shares.statFile(id)).commitment);
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_NOT_FOUND')) return undefined;
      throw error;
    }
  }
}
