import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { IN_CI, ROOT, fail, runQuietly, say } from './command.mjs';
import { fingerprint, isFresh, writeStamp } from './fingerprint.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const RESULT = 'build/Release/core.node';
const STAMP = 'build/core.stamp';
const SOURCES = ['binding.gyp', 'native', 'node_modules/node-addon-api/package.json'];

/**
 * Builds the native core when it is missing or was made from other sources. A failure is fatal in CI only: the node
 * runs on the TypeScript twins, slower and with the same answers.
 */
export function ensureNative() {
  if (!existsSync(join(ROOT, 'binding.gyp'))) return;
  const wanted = fingerprint(SOURCES);
  if (isFresh(RESULT, STAMP, wanted)) return;
  if (ensureSystemPackages(['build']).length > 0) return goOnWithTwins('no C++ compiler');
  say('building the native core (node-gyp)');
  if (!buildNative()) return goOnWithTwins('the native build failed, see above');
  writeStamp(STAMP, wanted);
}

/**
 * Runs node-gyp for the addon.
 *
 * @param folder - where binding.gyp lies, relative to the root; the result is in `build/` below it
 * @param variables - variables of binding.gyp, as `--name=value`
 * @returns true when it worked
 */
export function buildNative(folder = '.', variables = []) {
  const strict = IN_CI ? ['--werror=1'] : [];
  const command = ['configure', 'build', '-C', join(ROOT, folder), '-j', 'max'];
  const gyp = join(ROOT, 'node_modules/node-gyp/bin/node-gyp.js');
  return runQuietly(process.execPath, [gyp, ...command, ...headerArgs(), ...strict, ...variables]);
}

/** Headers that lie beside this Node save a download; those of another version would build a broken addon. */
function headerArgs() {
  const prefix = join(dirname(process.execPath), '..');
  const header = join(prefix, 'include/node/node_version.h');
  if (!existsSync(header)) return [];
  const text = readFileSync(header, 'utf8');
  const part = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
  return version === process.versions.node ? [`--nodedir=${prefix}`] : [];
}

function goOnWithTwins(reason) {
  if (IN_CI) fail(`${reason}: CI needs the native core`);
  say(`${reason}: going on with the TypeScript twins, which are slower and give the same answers`);
}
