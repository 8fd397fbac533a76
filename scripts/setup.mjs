import { ensureDist } from './setup/dist.mjs';
import { ensureNative } from './setup/native.mjs';
import { checkNodeVersion } from './setup/node-version.mjs';
import { installPackages } from './setup/packages.mjs';
import { ensureSystemPackages } from './setup/system-packages.mjs';

/**
 * Makes a fresh clone ready to run: packages, native core, dist. Each step does nothing, and says nothing, when its
 * result is there and fits its sources.
 *
 * @param groups - groups of Debian packages that are installed first, since the native build takes what it finds
 * @returns what of them is missing all the same
 */
export function setUp(groups = []) {
  checkNodeVersion();
  const missing = ensureSystemPackages(groups);
  installPackages();
  ensureNative();
  ensureDist();
  return missing;
}
