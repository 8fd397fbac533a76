import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { IN_CI, ROOT, fail, runQuietly, say } from './command.mjs';
import { fingerprint, isFresh, writeStamp } from './fingerprint.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const STAMP = 'build/core.stamp';
const SOURCES = ['binding.gyp', 'native', 'node_modules/node-addon-api/package.json'];
/** Where binding.gyp looks for librados, whose package has no pkg-config file. */
const RADOS_HEADER = '/usr/include/rados/librados.h';

/**
 * Builds the addons when one is missing or was made from other sources: the native core, and the librados binding where
 * librados-dev is installed. A failure is fatal in CI only: the node runs on the TypeScript twins, slower and with the
 * same answers, and without Ceph.
 */
export function ensureNative() {
  if (!existsSync(join(ROOT, 'binding.gyp'))) return;
  const wanted = `${fingerprint(SOURCES)} ${radosVersion()}`;
  if (results().every((result) => isFresh(result, STAMP, wanted))) return;
  if (ensureSystemPackages(['build']).length > 0) return goOnWithTwins('no C++ compiler');
  say(`building the native core${hasRados() ? ' and the librados binding' : ''} (node-gyp)`);
  if (!buildNative()) return goOnWithTwins('the native build failed, see above');
  writeStamp(STAMP, wanted);
}

/** Tells whether the librados binding can be built here. */
export function hasRados() {
  return existsSync(RADOS_HEADER);
}

/** Size and time of the header: installing, updating or removing librados makes another build. */
function radosVersion() {
  const stats = statSync(RADOS_HEADER, { throwIfNoEntry: false });
  return stats === undefined ? 'without librados' : `${stats.size} ${stats.mtimeMs}`;
}

function results() {
  return ['build/Release/core.node', ...(hasRados() ? ['build/Release/rados.node'] : [])];
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
