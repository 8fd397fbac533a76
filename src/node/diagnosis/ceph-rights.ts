import { randomBytes } from 'node:crypto';
import { isProvenderError } from '../../content/provender-error.ts';
import { cephUser } from '../ceph/ceph-error.ts';
import type { NodeConfig } from '../settings.ts';
import type { RadosConnection } from '../../objects/rados/client/rados-cluster-types.ts';
import { isRadosError } from '../../objects/rados/client/rados-error.ts';
import type { RadosPool } from '../../objects/rados/client/rados-pool.ts';
import type { Finding } from './finding.ts';

/** TEST-NET-1 (RFC 5737): no client has such an address, so its entry, which ends after a second, stops nobody. */
const NOBODY = '192.0.2.1:0/1';

/** Tries what a node does on a pool and what it needs to fence a dead pod; takes away again what it made. */
export async function* rightsFindings(
  connection: RadosConnection,
  { pool, namespace, user }: { pool: string } & Pick<NodeConfig, 'namespace' | 'user'>,
): AsyncGenerator<Finding> {
  const cure = capsCommand(user, pool);
  for (const name of [namespace, `${namespace}.data`]) {
    await using part = await connection.pool(pool, { namespace: name });
    yield await writing(part, cure);
  }
  yield await fencing(connection, cure);
}

/** The command that gives a user what a node needs. */
export function capsCommand(user: string, pool: string): string {
  return `ceph auth caps ${cephUser(user)} mon 'profile rbd' osd 'allow rwx pool=${pool}'`;
}

async function writing(part: RadosPool, cure: string): Promise<Finding> {
  const check = 'right to write';
  const where = `namespace ${part.namespace}`;
  const key = `doctor.${randomBytes(8).toString('hex')}`;
  const value = new TextEncoder().encode('provender');
  try {
    await part.change(key, [
      { do: 'create', exclusive: true },
      { do: 'writeFull', bytes: value },
      { do: 'setXattr', name: 'probe', value },
      { do: 'omapSet', rows: [['probe', value]] },
    ]);
    await part.change(key, [{ do: 'omapCmp', key: 'probe', value }, { do: 'remove' }]);
    return { check, state: 'good', found: `${where}: wrote and removed a guarded object` };
  } catch (error) {
    return writeFailure(error, { check, where, cure });
  }
}

function writeFailure(error: unknown, about: { check: string; where: string; cure: string }): Finding {
  const { check, where, cure } = about;
  if (isRadosError(error, 'EPERM') || isRadosError(error, 'EACCES'))
    return {
      check,
      state: 'bad',
      found: `${where}: the user may not write (${error.code})`,
      cure: `Run: ${cure}`,
    };
  if (isRadosError(error, 'EOPNOTSUPP') || isRadosError(error, 'ENOTSUP'))
    return {
      check,
      state: 'bad',
      found: `${where}: the pool takes no omap rows (${error.code})`,
      cure: 'Make a replicated pool; erasure-coded ones cannot hold the catalog.',
    };
  if (isProvenderError(error, 'PROVENDER_OVER_QUOTA'))
    return { check, state: 'bad', found: `${where}: the pool is full`, cure: 'Remove objects or add OSDs.' };
  if (isProvenderError(error) || isRadosError(error))
    return {
      check,
      state: 'bad',
      found: `${where}: ${error.message}`,
      cure: 'Look at: ceph health detail; a group without enough OSDs answers nothing.',
    };
  throw error;
}

async function fencing(connection: RadosConnection, cure: string): Promise<Finding> {
  const check = 'right to fence';
  try {
    await connection.blocklist(NOBODY, 1);
    return { check, state: 'good', found: 'may put a dead pod on the blocklist' };
  } catch (error) {
    if (!isRadosError(error) && !isProvenderError(error)) throw error;
    const found = `may not put a dead pod on the blocklist: ${error.message}`;
    return { check, state: 'bad', found, cure: `Run: ${cure}` };
  }
}
