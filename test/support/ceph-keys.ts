import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { CephTools } from './ceph-tools.ts';

const Keys = z.tuple([z.object({ key: z.string() })]);

/**
 * Has the monitor make a key, and writes it to a keyring beside the configuration, which leads there.
 *
 * @param entity - `client.NAME`, `mgr.x`
 * @param caps - what it may do, as `ceph auth` takes it: `mon`, `profile rbd`, `osd`, ...
 * @returns path of the keyring
 */
export async function makeKey(tools: CephTools, entity: string, caps: readonly string[]): Promise<string> {
  const [{ key }] = Keys.parse(await tools.admin(['auth', 'get-or-create', entity, ...caps]));
  return await writeKeyring(dirname(tools.confFile), entity, key);
}

/** Writes the keyring of one entity into the folder of a cluster. @returns its path */
export async function writeKeyring(folder: string, entity: string, key: string): Promise<string> {
  const keyring = join(folder, `${entity}.keyring`);
  await writeFile(keyring, `[${entity}]\n\tkey = ${key}\n`, { mode: 0o600 });
  return keyring;
}
