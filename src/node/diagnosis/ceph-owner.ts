import { join } from 'node:path';
import { HASH_SIZE } from '../../content/geometry.ts';
import { loadNodeKey } from '../node-key.ts';
import type { RadosConnection } from '../../objects/rados/client/rados-cluster-types.ts';
import { isRadosError } from '../../objects/rados/client/rados-error.ts';
import type { RadosPool } from '../../objects/rados/client/rados-pool.ts';
import { checkFormat } from '../../objects/rados/format-object.ts';
import { FORMAT_KEY } from '../../objects/rados/keys.ts';
import { type Finding, failed } from './finding.ts';

const CHECK = 'stored objects';
/** More than `format` has. */
const FORMAT_MAX_SIZE = 4096;

/** Tells whether the objects of a namespace belong to the key of a data directory. */
export async function ownerFinding(
  connection: RadosConnection,
  { pool, namespace, directory }: { pool: string; namespace: string; directory: string },
): Promise<Finding> {
  const place = `pool ${pool}, namespace ${namespace}`;
  try {
    await using part = await connection.pool(pool, { namespace });
    const format = await readFormat(part);
    if (format === undefined)
      return {
        check: CHECK,
        state: 'good',
        found: `${place} holds no objects yet; the first serve makes the store`,
      };
    const key = await loadNodeKey(join(directory, 'keys', 'node.key'));
    if (key === undefined)
      return {
        check: CHECK,
        state: 'bad',
        found: `${place} holds objects, and ${directory} has no key`,
        cure: `Mount keys/node.key of their storer into ${directory}, or choose another namespace with --namespace.`,
      };
    const owner = { networkId: new Uint8Array(HASH_SIZE), storerPK: key.signer.publicKey };
    const shards = checkFormat(format, owner, place);
    return { check: CHECK, state: 'good', found: `${place}: format 1, ours, ${shards} index objects` };
  } catch (error) {
    return failed(CHECK, error);
  }
}

async function readFormat(part: RadosPool): Promise<Uint8Array | undefined> {
  const into = new Uint8Array(FORMAT_MAX_SIZE);
  try {
    return into.subarray(0, await part.read(FORMAT_KEY, { into }));
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
