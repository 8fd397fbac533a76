import { compareBytes } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { type Assign, decodeAssign } from '../messages/assign.ts';
import { isSigned } from '../messages/signed-message.ts';
import type { NodePeer } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import type { OwnClaim, OwnClaims } from './own-claims.ts';

/** An Assign that is for this storer. */
export interface CheckedAssign {
  readonly assign: Assign;
  readonly own: OwnClaim;
  /** The primary of the genesis that signed it. */
  readonly primary: NodePeer;
}

/** Checks an Assign as far as bytes and books go. @returns why it is refused, or whose it is */
export function checkAssign(
  message: Uint8Array,
  known: {
    readonly networkId: Uint8Array;
    readonly primaries: readonly NodePeer[];
    readonly claims: Pick<OwnClaims, 'find'>;
  },
): CheckedAssign | PlacementReason {
  const assign = decoded(message);
  if (assign === undefined) return 'form';
  if (compareBytes(assign.networkId, known.networkId) !== 0) return 'network';
  const primary = known.primaries.find(({ storerKey }) => compareBytes(storerKey, assign.primaryKey) === 0);
  if (primary === undefined || !isSigned(message, primary.storerKey)) return 'signature';
  const own = known.claims.find(assign.claimHash);
  if (own === undefined) return 'unknown';
  if (own.claim.profile !== assign.profile) return 'profile';
  return { assign, own, primary };
}

/** Bytes of a stranger: whatever the codec refuses has the wrong form. */
function decoded(message: Uint8Array): Assign | undefined {
  try {
    return decodeAssign(message);
  } catch (error) {
    const isForm =
      isProvenderError(error, 'PROVENDER_INVALID') || isProvenderError(error, 'PROVENDER_UNSUPPORTED');
    if (!isForm) throw error;
    return undefined;
  }
}
