import { isProvenderError } from '../../content/provender-error.ts';
import { makeNodeKeys, readNodeKeys } from '../../node/node-keys.ts';

/**
 * Makes the keys that a data directory lacks.
 * @returns whether there was one to make
 * @throws ProvenderError `PROVENDER_CONFIG` as `makeNodeKeys`
 */
export async function ensureNodeKeys(directory: string): Promise<boolean> {
  try {
    if ((await readNodeKeys(directory)).vrf !== undefined) return false;
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_CONFIG')) throw error;
  }
  // says itself why it makes none, beside data whose key is missing for instance
  await makeNodeKeys(directory);
  return true;
}
