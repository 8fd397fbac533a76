import { bytesToHex } from '@noble/hashes/utils.js';
import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { NodePeer } from '../ports.ts';
import type { HolderFailure } from './holder-failure.ts';
import type { HolderSpeeds } from './holder-speeds.ts';
import { HOLDER_FAULTS, type ReadingEvents } from './reading-events.ts';

/** What a team is made of. */
export interface HolderTeamParts {
  readonly id: ObjectId;
  readonly holders: readonly NodePeer[];
  readonly speeds: HolderSpeeds;
  readonly events: ReadingEvents | undefined;
}

/** The holders of one reading: those that may be asked, and why the others are left. */
export class HolderTeam {
  readonly id: ObjectId;
  readonly speeds: HolderSpeeds;
  readonly #events: ReadingEvents | undefined;
  readonly #willing: Set<NodePeer>;
  readonly #left: string[] = [];

  constructor(parts: HolderTeamParts) {
    this.id = parts.id;
    this.speeds = parts.speeds;
    this.#events = parts.events;
    this.#willing = new Set(parts.holders);
  }

  /** The fastest that may be asked and is not among `others`; `undefined` when there is none. */
  other(others: readonly NodePeer[]): NodePeer | undefined {
    return this.speeds.fastest([...this.#willing].filter((holder) => !others.includes(holder)));
  }

  /** The fastest that may be asked. @throws ProvenderError `PROVENDER_UNAVAILABLE` naming each holder and why it was left */
  any(): NodePeer {
    const holder = this.other([]);
    if (holder !== undefined) return holder;
    const id = objectIdHex(this.id);
    const reasons = this.#left.join('; ');
    throw new ProvenderError(
      'PROVENDER_UNAVAILABLE',
      `file ${id}: no holder is left (${reasons === '' ? 'none is known' : reasons}); repeat when one is back`,
      { details: { id, holders: this.#left.length, reasons } },
    );
  }

  /** Asks a holder for nothing more; only the first time counts. */
  leave(holder: NodePeer, { fault, message }: HolderFailure): void {
    if (!this.#willing.delete(holder)) return;
    this.speeds.failed(holder);
    const name = `${bytesToHex(holder.storerKey).slice(0, 16)} at ${holder.address}`;
    this.#left.push(`${name}: ${HOLDER_FAULTS[fault]}: ${message}`);
    this.#events?.left({ holder, id: this.id, fault, detail: message });
  }

  /** Tells that `by` is asked too. */
  hedged(slow: NodePeer, by: NodePeer): void {
    this.#events?.hedged({ slow, by, id: this.id });
  }
}
