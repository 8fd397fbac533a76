import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './command.mjs';

/**
 * One hash over path, size and change time of all files below `paths`. Unlike "is a source newer than the result" it
 * also notices a file that was removed or replaced by an older one.
 *
 * @param paths - files or folders, relative to the root; what does not exist is left out
 */
export function fingerprint(paths) {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths) addPath(hash, path);
  return hash.digest('hex');
}

function addPath(hash, path) {
  const stats = statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isDirectory()) {
    hash.update(`${path}\0${stats.size}\0${stats.mtimeMs}\n`);
    return;
  }
  for (const name of readdirSync(join(ROOT, path)).toSorted()) addPath(hash, join(path, name));
}

/** Tells whether `result` exists and was made from sources with this fingerprint. */
export function isFresh(result, stamp, wanted) {
  if (!existsSync(join(ROOT, result)) || !existsSync(join(ROOT, stamp))) return false;
  return readFileSync(join(ROOT, stamp), 'utf8') === wanted;
}

/** Remembers what a result was made from. Call it last: a build that stops half-way must run again. */
export function writeStamp(stamp, value) {
  mkdirSync(dirname(join(ROOT, stamp)), { recursive: true });
  writeFileSync(join(ROOT, stamp), value);
}
