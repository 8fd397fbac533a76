import { ensureDist } from './setup/dist.mjs';
import { ensureNative } from './setup/native.mjs';
import { checkNodeVersion } from './setup/node-version.mjs';
import { installPackages } from './setup/packages.mjs';

/**
 * Makes a fresh clone ready to run: packages, native core, dist. Each step does nothing, and says nothing, when its
 * result is there and fits its sources.
 */
export function setUp() {
  checkNodeVersion();
  installPackages();
  ensureNative();
  ensureDist();
}
