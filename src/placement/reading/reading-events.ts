import type { ObjectId } from '../../content/object-id.ts';
import type { NodePeer } from '../ports.ts';

/** Why a reading leaves a holder; stable words for machines, with what they say to people. */
export const HOLDER_FAULTS = {
  bytes: 'its bytes do not fit their root',
  roots: 'its roots do not fit the root above them',
  short: 'its answer ends early',
  long: 'its answer goes on behind its end',
  missing: 'it does not hold the file',
  damaged: 'it says that its own replica is damaged',
  unavailable: 'it does not answer',
} as const satisfies Record<string, string>;

/** A word of the table. */
export type HolderFault = keyof typeof HOLDER_FAULTS;

/** Facts that readings report; telemetry implements it. */
export interface ReadingEvents {
  /** A reading asks this holder for nothing more. */
  left(event: {
    readonly holder: NodePeer;
    readonly id: ObjectId;
    readonly fault: HolderFault;
    /** What was found where, one sentence. */
    readonly detail: string;
  }): void;
  /** Somebody else was asked for what a holder did not give in time. */
  hedged(event: { readonly slow: NodePeer; readonly by: NodePeer; readonly id: ObjectId }): void;
}
