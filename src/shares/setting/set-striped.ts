import { storedSize } from '../../objects/stored-size.ts';
import { PROFILE_NONE, profilePasses } from '../../proof/profile.ts';
import { headSize } from './head-signing.ts';
import type { Reservation } from '../quota.ts';
import { setEncoded } from './set-encoded.ts';
import { setPlain } from './set-plain.ts';
import { setStagedRaw } from './set-staged-raw.ts';
import type { SetParts } from './share-parts.ts';
import type { SetOutcome } from '../shares.ts';
import type { StripedSet, StripedShape } from './striped-set.ts';

/**
 * Stages a file or collection and publishes it: plain as it comes; encoded as it comes when its id is declared or it fits a segment; else staged raw
 * first, since a replica depends on the id, and the id on the last byte. Whatever fails, nothing of it is left when this ends: no staged data and no
 * memory.
 *
 * @throws ProvenderError `PROVENDER_INVALID` when the bytes have another id than was declared; the failure of `fill` or of the store
 * @see object-layout.md, section 5
 */
export function setStriped(parts: SetParts, set: StripedSet): Promise<SetOutcome> {
  if (set.profile === PROFILE_NONE) return setPlain(parts, set);
  return isStagedRaw(parts, set) ? setStagedRaw(parts, set) : setEncoded(parts, set);
}

/** Tells whether an object is staged raw before it is encoded. */
function isStagedRaw({ stagedRawAboveBytes }: SetParts, { shape, profile, id }: StripedShape): boolean {
  return profile !== PROFILE_NONE && id === undefined && shape.sizeBytes > stagedRawAboveBytes;
}

/**
 * Holds room back for all that will be on disk at a time: what is staged raw lies beside its replica for a while.
 * @throws ProvenderError `PROVENDER_OVER_QUOTA`, `PROVENDER_UNSUPPORTED` for an unknown profile
 */
export function reserveStriped(parts: SetParts, striped: StripedShape): Reservation {
  const { shape, profile } = striped;
  const headBytes = headSize(profile);
  const replica = storedSize({ ...shape, passes: profilePasses(profile) }, headBytes);
  const raw = isStagedRaw(parts, striped) ? storedSize({ ...shape, passes: 0 }, 0) : 0;
  return parts.quota.reserve(replica + raw);
}
