import { stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readFormat } from '../../node/format-file.ts';
import { loadNodeKey } from '../../node/node-key.ts';
import { NODE_KEY, VRF_KEY } from '../../node/node-keys.ts';
import type { NodeConfig } from '../../node/settings.ts';
import { formatSize } from '../../node/units.ts';
import { type Finding, failed } from '../../node/diagnosis/finding.ts';

/** The store refuses writes that would leave less. @see object-layout.md, section 7 */
const RESERVE_BYTES = 256 * 2 ** 20;

/** Checks format, keys and room of a data directory. @param holder - pid of the node that runs on it */
export async function* dataDirectory(
  directory: string,
  config: NodeConfig,
  holder: number | undefined,
): AsyncGenerator<Finding> {
  const check = 'data directory';
  try {
    const format = await readFormat(join(directory, 'format.json'));
    if (format === undefined) {
      yield { check, state: 'good', found: `${directory} holds no data yet; the first serve makes it` };
    } else {
      const held = holder === undefined ? 'not in use' : `in use by pid ${holder}`;
      yield { check, state: 'good', found: `${directory}, format 1, store ${format.adapter}, ${held}` };
      if (format.adapter !== config.store) {
        const cure = `Start with --store ${format.adapter}, or choose another directory with --data-dir.`;
        yield {
          check: 'store',
          state: 'bad',
          found: `configured is ${config.store}, the data is of ${format.adapter}`,
          cure,
        };
      }
      const { place } = format;
      if (place !== undefined && (place.pool !== config.pool || place.namespace !== config.namespace)) {
        const found = `the data is in pool ${place.pool}, namespace ${place.namespace}`;
        const cure = `Start with --pool ${place.pool} --namespace ${place.namespace}, or choose another directory with --data-dir.`;
        yield { check: 'store', state: 'bad', found, cure };
      }
      yield await keyFinding('node key', join(directory, NODE_KEY), {
        state: 'bad',
        found: `${join(directory, NODE_KEY)} is missing beside existing data`,
        cure: 'Restore it from your backup.',
      });
      yield await keyFinding('VRF key', join(directory, VRF_KEY), {
        state: 'warning',
        found: `${join(directory, VRF_KEY)} is missing`,
        cure: `Run, while no node runs here: provender keys new --data-dir ${directory}`,
      });
    }
    if (config.store !== 'rados') yield await freeSpace(directory, config.limit ?? format?.limitBytes);
  } catch (error) {
    yield failed(check, error);
  }
}

/** Checks a key file. @param missing - what to say where there is none */
async function keyFinding(check: string, path: string, missing: Omit<Finding, 'check'>): Promise<Finding> {
  const key = await loadNodeKey(path);
  if (key === undefined) return { check, ...missing };
  if (key.warning !== undefined)
    return { check, state: 'warning', found: key.warning, cure: `Run: chmod 600 ${path}` };
  return { check, state: 'good', found: `${path}, mode 0600` };
}

async function freeSpace(directory: string, limit: number | undefined): Promise<Finding> {
  const check = 'disk';
  const { bavail, bsize } = await statfs(await existingParent(directory));
  const free = bavail * bsize;
  const found = `${formatSize(free)} free${limit === undefined ? '' : `, limit ${formatSize(limit)}`}`;
  if (free > 2 * RESERVE_BYTES) return { check, state: 'good', found };
  const state = free > RESERVE_BYTES ? 'warning' : 'bad';
  return {
    check,
    state,
    found,
    cure: `Free the disk: below ${formatSize(RESERVE_BYTES)} nothing can be set.`,
  };
}

async function existingParent(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (dirname(path) === path) throw error;
    return await existingParent(dirname(path));
  }
}
