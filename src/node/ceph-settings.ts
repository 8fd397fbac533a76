import { bytes, count, duration, text } from './setting-types.ts';

const MIB = 2 ** 20;
const MAX_NAME = 255;
/** What the store appends to its namespace for bulk data. @see object-layout.md, section 2 */
const DATA_SUFFIX = '.data';

/** A name as Ceph takes it: a C string. */
const name = text.max(MAX_NAME, `at most ${MAX_NAME} characters`).refine((value) => !value.includes('\0'), {
  message: 'holds a NUL character',
});

/** Settings of the store `rados`: where the cluster is, who we are, which pool, and how much is asked of it at once. */
export const CEPH_SETTINGS = {
  cephConf: text.prefault('/etc/ceph/ceph.conf').describe('Store `rados`: ceph.conf of the cluster.'),
  pool: name.optional().describe('Store `rados`: the pool; it has to be there.'),
  namespace: name
    .refine((value) => !value.endsWith(DATA_SUFFIX), {
      message: `names that end in ${DATA_SUFFIX} hold the data of another namespace`,
    })
    .prefault('provender')
    .describe('Store `rados`: namespace of the storer in the pool; its bulk data goes to `NAMESPACE.data`.'),
  user: name.prefault('provender').describe('Store `rados`: Ceph user, with or without `client.` before it.'),
  keyring: text
    .optional()
    .describe('Store `rados`: file that holds the key of the user. Default: where ceph.conf says.'),
  opTimeout: duration(600_000, 1000)
    .prefault('30s')
    .describe('Store `rados`: time that one operation on the cluster may take.'),
  opsInFlight: count(1, 16_384)
    .prefault(512)
    .describe('Store `rados`: operations on the cluster at a time; more queue up.'),
  opBytesInFlight: bytes(8 * MIB)
    .prefault('128MiB')
    .describe('Store `rados`: bytes of these operations; more queue up.'),
  deadAfter: duration(3_600_000, 1000)
    .prefault('30s')
    .describe(
      'Store `rados`: another pod that has not beaten for this long is fenced; a pod beats six times in it.',
    ),
};

/** Names of these settings. */
type CephSettingName = keyof typeof CEPH_SETTINGS;

/** What is wrong between settings that are right by themselves: the setting to mend, and how. */
export interface Contradiction {
  readonly setting: CephSettingName;
  readonly message: string;
}

/**
 * Checks store and pool together. A pool without its store is refused and no warning: who names a pool and forgets the store would
 * put the data on the local disk.
 */
export function cephContradiction(config: {
  readonly store: string;
  readonly pool?: string | undefined;
}): Contradiction | undefined {
  const isRados = config.store === 'rados';
  if (isRados && config.pool === undefined)
    return { setting: 'pool', message: 'store rados needs a pool; name one with --pool' };
  if (!isRados && config.pool !== undefined) {
    const message = `belongs to store rados, configured is ${config.store}; start with --store rados, or leave the pool out`;
    return { setting: 'pool', message };
  }
  return undefined;
}

/** Settings of the store `rados` that were given though another store is configured, one sentence each. */
export function unusedCephSettings(
  store: string,
  origins: Readonly<Partial<Record<string, string>>>,
): readonly string[] {
  if (store === 'rados') return [];
  return Object.keys(CEPH_SETTINGS)
    .filter((setting) => (origins[setting] ?? 'default') !== 'default')
    .map((setting) => `${setting} (from ${origins[setting]}) is of store rados and not used by ${store}`);
}
