import { ProvenderError } from '../content/provender-error.ts';

/** Profile 0: a plain copy, no replication claim. @see proof-of-replication.md, section 6 */
export const PROFILE_NONE = 0;

/** Passes of the profiles that this node encodes; a pass adds a layer and its root. */
const PASSES: ReadonlyMap<number, number> = new Map([[PROFILE_NONE, 0]]);

/** Passes L of a profile. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown one */
export function profilePasses(profile: number): number {
  const passes = PASSES.get(profile);
  if (passes === undefined) {
    throw new ProvenderError('PROVENDER_UNSUPPORTED', `profile ${profile}; this node knows 0 (none)`, {
      details: { profile },
    });
  }
  return passes;
}
