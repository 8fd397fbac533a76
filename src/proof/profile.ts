import { ProvenderError } from '../content/provender-error.ts';

/** Profile 0: a plain copy, no replication claim. @see proof-of-replication.md, section 6 */
export const PROFILE_NONE = 0;

/** Passes of all profiles; a pass adds a layer and its root. */
const PASSES: ReadonlyMap<number, number> = new Map([
  [PROFILE_NONE, 0],
  [1, 1],
  [2, 2],
]);
/** Profiles that this node encodes. */
const ENCODED: readonly number[] = [PROFILE_NONE];

/** Passes L of a profile; `undefined` for an unknown one. @see proof-of-replication.md, section 6 */
export function passesOf(profile: number): number | undefined {
  return PASSES.get(profile);
}

/** Passes L of a profile that this node encodes. @throws ProvenderError `PROVENDER_UNSUPPORTED` for another one */
export function profilePasses(profile: number): number {
  const passes = ENCODED.includes(profile) ? passesOf(profile) : undefined;
  if (passes === undefined) {
    throw new ProvenderError('PROVENDER_UNSUPPORTED', `profile ${profile}; this node knows 0 (none)`, {
      details: { profile },
    });
  }
  return passes;
}
