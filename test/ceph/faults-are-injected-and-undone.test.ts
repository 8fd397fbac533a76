import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CephCluster } from '../support/ceph-cluster.ts';
import type { CephPool } from '../support/ceph-pool.ts';
import { useCeph, WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { runTool, type ToolOptions } from '../support/ceph-tools.ts';

const ceph = useCeph({ faults: true });
const WHOLE = 'what was written';
const OTHER = 'what was damaged';

/** How long an operation is watched that must not come back: a cluster that is well needs some milliseconds. */
const SILENCE_MS = 3000;

/** Runs `rados` with the key of a pool's user, not of the administrator. */
async function asUser(
  cluster: CephCluster,
  pool: CephPool,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const all = ['-c', cluster.confFile, '--user', pool.user, '-p', pool.name, ...args];
  return (await runTool('rados', all, options)).toString();
}

/** Expects that an operation is not answered. */
async function assertSilent(cluster: CephCluster, pool: CephPool, args: readonly string[]): Promise<void> {
  const options = { input: WHOLE, limitMs: SILENCE_MS };
  await assert.rejects(asUser(cluster, pool, args, options), /no end within/);
}

test('a pool of somebody else is refused', WITH_CEPH_FAULTS, async () => {
  const cluster = await ceph.cluster();
  const own = await ceph.pool();
  await using foreign = await cluster.createPool();
  await asUser(cluster, own, ['put', 'a', '-'], { input: WHOLE });
  assert.equal(await asUser(cluster, own, ['get', 'a', '-']), WHOLE);
  for (const args of [['put', 'a', '-'], ['get', 'a', '-'], ['ls']]) {
    await assert.rejects(asUser(cluster, { ...foreign, user: own.user }, args), /Operation not permitted/);
  }
});

test('a killed OSD is revived with its data, and I/O goes on meanwhile', WITH_CEPH_FAULTS, async () => {
  const [cluster, pool] = [await ceph.cluster(), await ceph.pool()];
  try {
    await cluster.osd(0).kill();
    await asUser(cluster, pool, ['put', 'b', '-'], { input: WHOLE });
  } finally {
    await cluster.heal();
  }
  assert.equal(cluster.osds.filter((osd) => osd.pid !== undefined).length, 3);
  assert.equal(await asUser(cluster, pool, ['get', 'b', '-']), WHOLE);
});

test('a paused cluster answers nothing and goes on when it is resumed', WITH_CEPH_FAULTS, async () => {
  const [cluster, pool] = [await ceph.cluster(), await ceph.pool()];
  await asUser(cluster, pool, ['put', 'c', '-'], { input: WHOLE });
  for (const daemons of [cluster.osds, [cluster.monitor]]) {
    try {
      for (const daemon of daemons) await daemon.pause();
      await assertSilent(cluster, pool, ['get', 'c', '-']);
    } finally {
      await cluster.heal();
    }
    assert.equal(await asUser(cluster, pool, ['get', 'c', '-']), WHOLE);
  }
});

test('a full cluster takes nothing until there is room again', WITH_CEPH_FAULTS, async () => {
  const [cluster, pool] = [await ceph.cluster(), await ceph.pool()];
  try {
    await cluster.fill();
    await assertSilent(cluster, pool, ['put', 'd', '-']);
  } finally {
    await cluster.heal();
  }
  await asUser(cluster, pool, ['put', 'd', '-'], { input: WHOLE });
});

test('one damaged copy is mended from the other, and found by a deep scrub', WITH_CEPH_FAULTS, async () => {
  const cluster = await ceph.cluster();
  await using pool = await cluster.createPool({ pgNum: 4 });
  const object = { pool: pool.name, namespace: 'ns', key: 'e' };
  await asUser(cluster, pool, ['-N', 'ns', 'put', 'e', '-'], { input: WHOLE });
  await cluster.damage(object, Buffer.from(OTHER));
  await cluster.deepScrub(pool.name);
  assert.match(await cluster.adminText(['health', 'detail']), /1 pg inconsistent/);
  assert.equal(await asUser(cluster, pool, ['-N', 'ns', 'get', 'e', '-']), WHOLE);
});

test(
  'an object of which all copies are damaged is never read, and is given up in the end',
  WITH_CEPH_FAULTS,
  async () => {
    const cluster = await ceph.cluster();
    await using pool = await cluster.createPool({ pgNum: 4 });
    await asUser(cluster, pool, ['put', 'f', '-'], { input: WHOLE });
    await cluster.damage({ pool: pool.name, key: 'f' }, Buffer.from(OTHER), 'all');
    await assertSilent(cluster, pool, ['get', 'f', '-']);
    await cluster.heal();
    await assert.rejects(asUser(cluster, pool, ['get', 'f', '-']), /No such file/);
  },
);
