import { access, constants } from 'node:fs/promises';
import { ERROR_CODES } from '../../content/error-codes.ts';
import { cephUser } from '../ceph/ceph-error.ts';
import { connectCeph } from '../ceph/connect-ceph.ts';
import { surveyPool } from '../ceph/pool-survey.ts';
import type { NodeConfig } from '../settings.ts';
import { radosInfo } from '../../objects/rados/client/loader.ts';
import type { RadosConnection } from '../../objects/rados/client/rados-cluster-types.ts';
import { isRadosError } from '../../objects/rados/client/rados-error.ts';
import { ownerFinding } from './ceph-owner.ts';
import { poolFindings } from './ceph-pool.ts';
import { capsCommand, rightsFindings } from './ceph-rights.ts';
import { type Finding, failed } from './finding.ts';

/** A check waits no longer than this for the cluster, whatever `opTimeout` says. */
const PATIENCE_MS = 10_000;

/**
 * Checks librados, the connection, the pool, the rights of the user, how full it is, and whose objects are there. Writes a probe object and removes it;
 * all else is left as it is. Each check needs the ones before it.
 *
 * @param directory - the data directory, for the key of the storer
 */
export async function* ceph(config: NodeConfig, directory: string): AsyncGenerator<Finding> {
  const library = librados();
  yield library;
  if (library.state === 'bad') return;
  const files = await unreadable(config);
  yield* files;
  if (files.length > 0) return;
  let connection: RadosConnection;
  try {
    connection = await connectCeph({ ...config, opTimeout: Math.min(config.opTimeout, PATIENCE_MS) });
  } catch (error) {
    yield failed('Ceph connection', error);
    return;
  }
  await using open = connection;
  yield* cluster(open, config, directory);
}

/** Tells of a node on another store whether store `rados` could be used. */
export function libradosForLater(store: string): Finding {
  const { check, found, state } = librados();
  const use = state === 'good' ? '' : ', needed by store rados only';
  return { check, state: 'good', found: `${found}${use}; configured is ${store}` };
}

function librados(): Finding {
  const check = 'librados';
  const info = radosInfo();
  if ('version' in info) return { check, state: 'good', found: `version ${info.version}` };
  return { check, state: 'bad', found: info.reason, cure: ERROR_CODES.PROVENDER_NATIVE_MISSING.cure };
}

/** Files of the settings that cannot be read. librados says of both only "no such file", and not which. */
async function unreadable({ cephConf, keyring }: NodeConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [check, flag, path] of [
    ['ceph.conf', '--ceph-conf', cephConf],
    ['keyring', '--keyring', keyring],
  ] as const) {
    if (path === undefined) continue;
    const problem = await access(path, constants.R_OK).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (problem !== undefined)
      findings.push({
        check,
        state: 'bad',
        found: problem,
        cure: `Name a file that can be read with ${flag}.`,
      });
  }
  return findings;
}

async function* cluster(
  connection: RadosConnection,
  config: NodeConfig,
  directory: string,
): AsyncGenerator<Finding> {
  const { pool = '', namespace, user, limit } = config;
  try {
    const survey = await surveyPool(connection, pool);
    yield {
      check: 'Ceph connection',
      state: 'good',
      found: `cluster ${survey.clusterId} (${survey.release}) as ${cephUser(user)}`,
    };
    yield* poolFindings({ pool, survey, limit });
    yield* rightsFindings(connection, { pool, namespace, user });
    yield await ownerFinding(connection, { pool, namespace, directory });
  } catch (error) {
    if (!isRadosError(error)) yield failed('pool', error);
    else yield { check: 'pool', state: 'bad', found: error.message, cure: `Run: ${capsCommand(user, pool)}` };
  }
}
