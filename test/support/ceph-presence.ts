import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What this machine has to have: the file that proves it and the Debian package that brings it. */
const CLIENT_PARTS = [
  { package: 'ceph-common', program: 'ceph' },
  { package: 'librados-dev', header: '/usr/include/rados/librados.h' },
] as const;
const DAEMON_PARTS = [
  { package: 'ceph-mon', program: 'ceph-mon' },
  { package: 'ceph-mgr', program: 'ceph-mgr' },
  { package: 'ceph-osd', program: 'ceph-osd' },
] as const;

/** Who asks: the environment and the user id of a process. */
export interface CephAsker {
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number | undefined;
}

const THIS_PROCESS: CephAsker = { env: process.env, uid: process.getuid?.() };

/**
 * Says why tests cannot have a Ceph cluster here, for example `no ceph-osd, librados-dev; not root`. A given cluster
 * (`PROVENDER_CEPH_CONF`) needs neither daemons nor root.
 *
 * @returns undefined when they can
 */
export function cephLack({ env, uid }: CephAsker = THIS_PROCESS): string | undefined {
  const isGiven = givenCeph(env) !== undefined;
  const parts = isGiven ? CLIENT_PARTS : [...DAEMON_PARTS, ...CLIENT_PARTS];
  const missing = parts.filter((part) =>
    'header' in part ? !existsSync(part.header) : !isOnPath(part.program, env['PATH'] ?? ''),
  );
  const reasons = missing.length === 0 ? [] : [`no ${missing.map((part) => part.package).join(', ')}`];
  if (!isGiven && uid !== 0) reasons.push('not root');
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/** Configuration of the cluster that the tests are told to use. */
export function givenCeph(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const given = env['PROVENDER_CEPH_CONF'];
  return given === undefined || given === '' ? undefined : given;
}

/** Whether a test that Ceph is missing for has to fail: always in CI, elsewhere when asked for. */
export function isCephRequired(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['CI'] === 'true' || env['CI'] === '1' || env['PROVENDER_REQUIRE_CEPH'] === '1';
}

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
