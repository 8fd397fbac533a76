import type { ObjectId } from '../../content/object-id.ts';
import type { PlacementReply } from '../ports.ts';
import type { StorerExplanation } from './explanation.ts';

/**
 * What a storer answers to primaries and operators; the gRPC layer hands messages over as they came. Hostile bytes lead to the reason `form`, never
 * to an exception.
 *
 * Errors: `PROVENDER_CLOSED` while the storer shuts down.
 */
export interface StorerHandlers {
  /** Takes an Assign. @returns as soon as it is accepted or refused; the work goes on behind it. One that comes again gets the same answer */
  assign(message: Uint8Array): Promise<PlacementReply>;
  /** What this storer did about an object; the last 1,000 objects are remembered. */
  explain(id: ObjectId): StorerExplanation | undefined;
}
