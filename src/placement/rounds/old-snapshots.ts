import { MESSAGE_REGISTER_NODE, MESSAGE_UPDATE_NODE } from '../../proof/message-header.ts';
import type { NetworkParameters } from '../registry/network-parameters.ts';
import { Registry } from '../registry/registry.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import { decodeRound } from './round.ts';

/** Snapshots that are kept; a reader of old files asks for the same few. */
const KEPT = 16;

/** Where old snapshots come from. */
export interface OldSnapshotsParts {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  readonly rules: Pick<NetworkParameters, 'epochLength' | 'valuation'>;
  /** Rounds 0 to `last` (included), as they were taken. */
  rounds(last: bigint): AsyncIterable<Uint8Array>;
}

/** Snapshots of epochs long past, made again of the records in the log; receipts of old placements need them. */
export class OldSnapshots {
  readonly #parts: OldSnapshotsParts;
  readonly #kept = new Map<bigint, Promise<Snapshot>>();

  constructor(parts: OldSnapshotsParts) {
    this.#parts = parts;
  }

  /** The snapshot of an epoch whose registry the log holds. Who asks at the same time shares the work. */
  of(epoch: bigint): Promise<Snapshot> {
    const known = this.#kept.get(epoch) ?? this.#make(epoch);
    this.#kept.delete(epoch);
    this.#kept.set(epoch, known);
    known.catch(() => this.#kept.delete(epoch));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return known;
  }

  async #make(epoch: bigint): Promise<Snapshot> {
    const { networkId, rules } = this.#parts;
    const registry = new Registry(networkId);
    for await (const bytes of this.#parts.rounds(lastRoundBefore(epoch, rules.epochLength))) {
      for (const record of decodeRound(bytes).records) {
        const type = record[1];
        if (type === MESSAGE_REGISTER_NODE || type === MESSAGE_UPDATE_NODE)
          registry.apply(record, { trusted: true });
      }
    }
    return registry.snapshot(epoch, rules.valuation);
  }
}

/** The last round that the snapshot of an epoch knows: that of two epochs before, or round 0. @see storer-selection.md, section 2 */
export function lastRoundBefore(epoch: bigint, epochLength: number): bigint {
  return epoch < 2n ? 0n : (epoch - 1n) * BigInt(epochLength) - 1n;
}
