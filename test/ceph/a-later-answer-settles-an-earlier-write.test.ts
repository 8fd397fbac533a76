import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { RadosConnection } from '../../src/objects/rados/client/rados-cluster-types.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import type { CephCluster } from '../support/ceph-cluster.ts';
import { useCeph, WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { connectAlone } from '../support/rados-pod.ts';
import { until } from '../support/until.ts';

// The order rule of object-layout.md, section 9: once a later write of one client on an object has been answered, an earlier one without an answer has
// landed or never will. Every guarded operation that is sent again rests on it.

const ceph = useCeph({ faults: true });
const OBJECTS = 12;
const OP_TIMEOUT_MS = 1500;
const PATIENT_MS = 60_000;

/** Objects whose first answering OSD is one and the same, so that one fault meets all of them. */
interface Victims {
  readonly cluster: CephCluster;
  readonly osd: number;
  readonly keys: readonly string[];
  readonly pool: RadosPool;
  readonly connection: RadosConnection;
}

/** Empty objects of their own for one test. */
async function victims(name: string): Promise<Victims> {
  const [cluster, { name: pool, user }] = [await ceph.cluster(), await ceph.pool()];
  await cluster.waitClean();
  const connection = await connectAlone(cluster.confFile, user, PATIENT_MS);
  const opened = await connection.pool(pool);
  const keys: string[] = [];
  for (let i = 0; keys.length < OBJECTS; i++) {
    const key = `${name}-${i}`;
    if ((await cluster.placeOf({ pool, key })).osds[0] !== 0) continue;
    await opened.change(key, [{ do: 'create', exclusive: true }]);
    keys.push(key);
  }
  return { cluster, osd: 0, keys, pool: opened, connection };
}

/** Adds a row that tells that a write landed. */
function write(pool: RadosPool, key: string, row: string, timeoutMs?: number): Promise<void> {
  const value = Uint8Array.of(1);
  return pool.change(key, [{ do: 'omapSet', rows: [[row, value]] }], { timeoutMs });
}

/** Sends the first write to a silent OSD: nobody knows what becomes of it. */
async function writeWithoutAnswer({ pool, keys }: Victims): Promise<void> {
  await Promise.all(
    keys.map((key) =>
      assert.rejects(write(pool, key, 'first', OP_TIMEOUT_MS), (error) =>
        isProvenderError(error, 'PROVENDER_AMBIGUOUS'),
      ),
    ),
  );
}

async function rowsOf(pool: RadosPool, key: string): Promise<string> {
  const { omap } = await pool.look(key, [{ do: 'omapKeys', keys: ['first', 'second'] }]);
  return [...(omap?.keys() ?? [])].join(' ');
}

/** What stands when the second write has been answered is what stands for ever. */
async function assertSettled({ pool, keys, cluster }: Victims, answered: readonly string[]): Promise<void> {
  for (const rows of answered) assert.match(rows, /second/);
  await cluster.heal();
  await pool.flush();
  assert.deepEqual(await Promise.all(keys.map((key) => rowsOf(pool, key))), answered);
}

function writeAgain({ pool, keys }: Victims): Promise<string[]> {
  return Promise.all(
    keys.map(async (key) => {
      await write(pool, key, 'second');
      return rowsOf(pool, key);
    }),
  );
}

test('after an OSD was paused: the second write is sent when it goes on', WITH_CEPH_FAULTS, async (t) => {
  const all = await victims('paused');
  await using _connection = all.connection;
  const osd = all.cluster.osd(all.osd);
  try {
    await osd.pause();
    await writeWithoutAnswer(all);
    await osd.resume();
    const answered = await writeAgain(all);
    t.diagnostic(`the first write landed on ${answered.filter((rows) => rows.includes('first')).length}`);
    await assertSettled(all, answered);
  } finally {
    await all.cluster.heal();
  }
});

test('while an OSD is paused: the second write waits for it', WITH_CEPH_FAULTS, async (t) => {
  const all = await victims('waiting');
  await using _connection = all.connection;
  const osd = all.cluster.osd(all.osd);
  try {
    await osd.pause();
    await writeWithoutAnswer(all);
    const second = writeAgain(all);
    await osd.resume();
    const answered = await second;
    t.diagnostic(`the first write landed on ${answered.filter((rows) => rows.includes('first')).length}`);
    await assertSettled(all, answered);
  } finally {
    await all.cluster.heal();
  }
});

test('a paused OSD is taken for dead: another answers the second write', WITH_CEPH_FAULTS, async (t) => {
  const all = await victims('replaced');
  await using _connection = all.connection;
  const osd = all.cluster.osd(all.osd);
  try {
    await osd.pause();
    await writeWithoutAnswer(all);
    await all.cluster.admin(['osd', 'down', String(all.osd)]);
    const answered = await writeAgain(all);
    assert.ok(osd.isPaused, 'another OSD has answered');
    t.diagnostic(`the first write landed on ${answered.filter((rows) => rows.includes('first')).length}`);
    await osd.resume(); // what was sent to it is read now
    await assertSettled(all, answered);
  } finally {
    await all.cluster.heal();
  }
});

test(
  'a paused OSD is killed and revived: the second write is answered in between',
  WITH_CEPH_FAULTS,
  async (t) => {
    const all = await victims('killed');
    await using _connection = all.connection;
    const osd = all.cluster.osd(all.osd);
    try {
      await osd.pause();
      await writeWithoutAnswer(all);
      await osd.kill();
      const answered = await writeAgain(all);
      t.diagnostic(`the first write landed on ${answered.filter((rows) => rows.includes('first')).length}`);
      await osd.revive();
      await assertSettled(all, answered);
    } finally {
      await all.cluster.heal();
    }
  },
);

test(
  'the OSD that keeps the copies is killed while both writes are under way',
  WITH_CEPH_FAULTS,
  async (t) => {
    const all = await victims('copies');
    await using _connection = all.connection;
    const { pool, keys, cluster } = all;
    const { osds } = await cluster.placeOf({ pool: pool.name, key: keys[0] ?? '' });
    const other = cluster.osd(osds[1] ?? 1);
    try {
      await other.pause();
      const first = await Promise.allSettled(keys.map((key) => write(pool, key, 'first', OP_TIMEOUT_MS)));
      t.diagnostic(`${first.filter(({ status }) => status === 'rejected').length} writes had no answer`);
      const second = writeAgain(all);
      await other.kill();
      const answered = await second;
      await other.revive();
      await until('the pool is clean', async () => {
        await cluster.waitClean();
        return true;
      });
      await assertSettled(all, answered);
    } finally {
      await cluster.heal();
    }
  },
);
