import { ProvenderError } from '../content/provender-error.ts';

/** Profile 0: a plain copy, no replication claim. @see proof-of-replication.md, section 6 */
export const PROFILE_NONE = 0;

/** All profiles: id, name and passes L. A pass adds a layer and its root. @see proof-of-replication.md, section 6 */
const PROFILES: readonly { readonly id: number; readonly name: string; readonly passes: number }[] = [
  { id: PROFILE_NONE, name: 'none', passes: 0 },
  { id: 1, name: 'cat-1', passes: 1 },
  { id: 2, name: 'cat-2', passes: 2 },
];

/** Names of the profiles, as flags and settings take them. */
export const PROFILE_NAMES: readonly string[] = PROFILES.map(({ name }) => name);

/** Passes L of a profile; `undefined` for an unknown one. */
export function passesOf(profile: number): number | undefined {
  return PROFILES.find(({ id }) => id === profile)?.passes;
}

/** Passes L of a profile. @throws ProvenderError `PROVENDER_UNSUPPORTED` for an unknown one */
export function profilePasses(profile: number): number {
  const passes = passesOf(profile);
  if (passes === undefined) {
    const known = PROFILES.map(({ id, name }) => `${id} (${name})`).join(', ');
    throw new ProvenderError('PROVENDER_UNSUPPORTED', `profile ${profile}; known are ${known}`, {
      details: { profile },
    });
  }
  return passes;
}

/** `none`, `cat-1` or `cat-2`; the number itself for an unknown profile. */
export function profileName(profile: number): string {
  return PROFILES.find(({ id }) => id === profile)?.name ?? String(profile);
}

/** Id of the profile of this name. @throws ProvenderError `PROVENDER_INVALID` for an unknown one */
export function parseProfile(name: string): number {
  const profile = PROFILES.find((one) => one.name === name);
  if (profile !== undefined) return profile.id;
  throw new ProvenderError('PROVENDER_INVALID', `profile ${name}; known are ${PROFILE_NAMES.join(', ')}`);
}
