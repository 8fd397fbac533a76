import { randomBytes } from 'node:crypto';
import { untilPoolClean } from './ceph-facts.ts';
import { makeKey } from './ceph-keys.ts';
import type { CephTools } from './ceph-tools.ts';

const APPLICATION = 'provender';
const ERASURE_PROFILE = 'provender-k2m1';
const DEFAULT_GROUPS = 32;

/** How a pool is made. */
export interface CephPoolOptions {
  /** Its name; else one that nothing has. */
  readonly name?: string;
  /** Copies of each object; 2 unless told. */
  readonly size?: number;
  /** Placement groups. */
  readonly pgNum?: number;
  /** Two parts of data and one of parity in place of copies, with overwrites allowed. */
  readonly erasure?: boolean;
}

/** A user of a cluster. */
export interface CephUser {
  /** Without `client.`. */
  readonly user: string;
  /** Its key; the configuration of the cluster names this file too. */
  readonly keyring: string;
}

/** A pool with a user that may do everything in it and nothing elsewhere. */
export interface CephPool extends CephUser, AsyncDisposable {
  readonly name: string;
  /** Removes pool and user; once is enough. */
  remove(): Promise<void>;
}

/** A name that nothing has. */
export function uniqueCephName(): string {
  return `provender-${randomBytes(4).toString('hex')}`;
}

/** Makes a pool and a user for it, and waits until it can be used. */
export async function createPool(tools: CephTools, options: CephPoolOptions = {}): Promise<CephPool> {
  const { name = uniqueCephName(), size, pgNum = DEFAULT_GROUPS, erasure = false } = options;
  const groups = [String(pgNum), String(pgNum)];
  if (erasure) await makeErasurePool(tools, name, groups);
  else await tools.admin(['osd', 'pool', 'create', name, ...groups]);
  if (size !== undefined) await tools.admin(['osd', 'pool', 'set', name, 'size', String(size)]);
  await tools.admin(['osd', 'pool', 'application', 'enable', name, APPLICATION]);
  const user = await createUser(tools, { osd: `allow rwx pool=${name}` }, name);
  await untilPoolClean(tools, name);
  const remove = async (): Promise<void> => {
    await removePool(tools, name);
    await tools.admin(['auth', 'rm', `client.${user.user}`]);
  };
  return { ...user, name, remove, [Symbol.asyncDispose]: remove };
}

/** Removes a pool and all that is in it. */
async function removePool(tools: CephTools, name: string): Promise<void> {
  await tools.admin(['osd', 'pool', 'rm', name, name, '--yes-i-really-really-mean-it']);
}

async function makeErasurePool(tools: CephTools, name: string, groups: readonly string[]): Promise<void> {
  const parts = ['k=2', 'm=1', 'crush-failure-domain=osd'];
  await tools.admin(['osd', 'erasure-code-profile', 'set', ERASURE_PROFILE, ...parts]);
  await tools.admin(['osd', 'pool', 'create', name, ...groups, 'erasure', ERASURE_PROFILE]);
  await tools.admin(['osd', 'pool', 'set', name, 'allow_ec_overwrites', 'true']);
}

/** What a user may do, in the words of `ceph auth`. */
export interface CephCaps {
  /** `profile rbd` unless told: it may also fence clients by the blocklist. */
  readonly mon?: string;
  readonly osd: string;
}

/** Makes a user and writes its keyring beside the configuration, which finds it there. */
export async function createUser(
  tools: CephTools,
  { mon = 'profile rbd', osd }: CephCaps,
  user = uniqueCephName(),
): Promise<CephUser> {
  return { user, keyring: await makeKey(tools, `client.${user}`, ['mon', mon, 'osd', osd]) };
}
