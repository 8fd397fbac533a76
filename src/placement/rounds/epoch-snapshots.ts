import type { Registry } from '../registry/registry.ts';
import type { Snapshot } from '../registry/snapshot.ts';

/**
 * The snapshots that rounds near the head use. Rounds of epoch e use the registry as it was after the last round of epoch e - 2; those of epochs
 * 0 and 1 use that of round 0.
 *
 * @see storer-selection.md, section 2, "Snapshots"
 */
export class EpochSnapshots {
  readonly #epochLength: bigint;
  readonly #valuation: number;
  readonly #snapshots = new Map<bigint, Snapshot>();

  constructor(parameters: { readonly epochLength: number; readonly valuation: number }) {
    this.#epochLength = BigInt(parameters.epochLength);
    this.#valuation = parameters.valuation;
  }

  /** The epoch of a round. */
  epochOf(round: bigint): bigint {
    return round / this.#epochLength;
  }

  /** The snapshot of an epoch; `undefined` when it is not known yet, or was dropped. */
  ofEpoch(epoch: bigint): Snapshot | undefined {
    return this.#snapshots.get(epoch);
  }

  /** Takes the registry as a round leaves it. Rounds come one after the other, from 0 on. */
  after(round: bigint, registry: Registry): void {
    if (round === 0n) for (const epoch of [0n, 1n]) this.#take(epoch, registry);
    const isLastOfEpoch = (round + 1n) % this.#epochLength === 0n;
    if (isLastOfEpoch) this.#take(this.epochOf(round) + 2n, registry);
  }

  /** Drops the snapshots that no round from `oldest` on uses. */
  drop(oldest: bigint): void {
    for (const epoch of this.#snapshots.keys()) {
      if (epoch < this.epochOf(oldest)) this.#snapshots.delete(epoch);
    }
  }

  #take(epoch: bigint, registry: Registry): void {
    this.#snapshots.set(epoch, registry.snapshot(epoch, this.#valuation));
  }
}
