import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, fail, say } from './setup/command.mjs';
import { fingerprint, isFresh, writeStamp } from './setup/fingerprint.mjs';
import { buildNative, ensureNative, hasRados } from './setup/native.mjs';

/**
 * Builds that lie beside the ordinary one, each in a folder of its own; all have the addon that only tests load. node-gyp
 * always builds in `build/` below the folder it is given, so it is given one that holds links to the sources.
 */
const SHADOWS = {
  test: {
    folder: 'build-test',
    variables: ['--hub_test=1', '--with_rados=0'],
    what: 'the tests of the completion hub',
  },
  asan: { folder: 'build-asan', variables: ['--hub_test=1', '--asan=1'], what: 'AddressSanitizer' },
  tsan: { folder: 'build-tsan', variables: ['--hub_test=1', '--tsan=1'], what: 'ThreadSanitizer' },
};
const LINKED = ['binding.gyp', 'native', 'node_modules', 'package.json'];

/**
 * Builds the addons in another way, unless that was done from the same sources.
 *
 * @param name - a key of SHADOWS
 * @returns what tells the tests where the results are, as environment variables
 */
export function buildShadow(name) {
  const { folder, variables, what } = SHADOWS[name];
  const release = join(folder, 'build/Release');
  const stamp = join(folder, 'stamp');
  const wanted = fingerprint(['binding.gyp', 'native', 'scripts/build-native.mjs']);
  if (!isFresh(join(release, 'hub_test.node'), stamp, wanted)) {
    linkSources(folder);
    say(`building the addons for ${what}`);
    if (!buildNative(folder, variables)) fail('the native build failed, see above');
    writeStamp(stamp, wanted);
  }
  return {
    PROVENDER_CORE: join(ROOT, release, 'core.node'),
    PROVENDER_HUB_TEST: join(ROOT, release, 'hub_test.node'),
    ...(hasRados() && name !== 'test' ? { PROVENDER_RADOS: join(ROOT, release, 'rados.node') } : {}),
  };
}

function linkSources(folder) {
  mkdirSync(join(ROOT, folder), { recursive: true });
  for (const name of LINKED) {
    rmSync(join(ROOT, folder, name), { force: true });
    symlinkSync(join('..', name), join(ROOT, folder, name));
  }
}

if (process.argv[1] === import.meta.filename) {
  if (!existsSync(join(ROOT, 'binding.gyp'))) fail('there is no binding.gyp');
  const name = Object.keys(SHADOWS).find((shadow) => process.argv.includes(`--${shadow}`));
  if (name === undefined) ensureNative();
  else buildShadow(name);
}
