import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail, say } from './setup/command.mjs';
import { buildNative, ensureNative } from './setup/native.mjs';

const SHADOW = 'build-asan';

/**
 * Builds the addon with AddressSanitizer in a folder of its own. node-gyp always builds in `build/` below the folder it
 * is given, so it is given one that holds links to the sources.
 *
 * @returns the built file, relative to the root
 */
export function buildSanitized() {
  mkdirSync(join(ROOT, SHADOW), { recursive: true });
  for (const name of ['binding.gyp', 'native', 'node_modules', 'package.json']) {
    rmSync(join(ROOT, SHADOW, name), { force: true });
    symlinkSync(join('..', name), join(ROOT, SHADOW, name));
  }
  say('building the native core with AddressSanitizer');
  if (!buildNative(SHADOW, ['--asan=1'])) fail('the native build failed, see above');
  return join(SHADOW, 'build/Release/core.node');
}

if (process.argv[1] === import.meta.filename) {
  if (!existsSync(join(ROOT, 'binding.gyp'))) fail('there is no binding.gyp');
  if (process.argv.includes('--asan')) buildSanitized();
  else ensureNative();
}
