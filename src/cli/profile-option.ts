import { Option } from 'commander';
import { PROFILE_NAMES, parseProfile } from '../proof/profile.ts';

/** What commands that put shares take of `--profile`. */
export interface ProfileOptions {
  readonly profile?: string;
}

/** `--profile NAME` of the commands that put shares. */
export function profileOption(): Option {
  const meaning =
    "profile of the replica; the node's own when not given. What is held in any profile is held";
  return new Option('--profile <name>', meaning).choices(PROFILE_NAMES);
}

/** The profile that was asked for, as calls take it. */
export function chosenProfile({ profile }: ProfileOptions): { readonly profile?: number } {
  return profile === undefined ? {} : { profile: parseProfile(profile) };
}
