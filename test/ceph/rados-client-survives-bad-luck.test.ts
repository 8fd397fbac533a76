import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { RadosConnectOptions } from '../../src/objects/rados/client/rados-cluster-types.ts';
import { RadosCluster } from '../../src/objects/rados/client/rados-cluster.ts';
import { isRadosError } from '../../src/objects/rados/client/rados-error.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import type { CephCluster } from '../support/ceph-cluster.ts';
import { useCeph, WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { codeOf, watch } from '../support/rados-on-fake.ts';
import { until } from '../support/until.ts';

const ceph = useCeph({ faults: true });
const OP_TIMEOUT_MS = 3000;
/** How far from its limit a time-out may come: 10 %. @see native-addon.md, section 9 */
const TOLERANCE = 0.1;
const LONGEST_DELAY_MS = 50;

async function openPool(
  options: Partial<RadosConnectOptions> = {},
): Promise<{ pool: RadosPool } & AsyncDisposable> {
  const { confFile } = await ceph.cluster();
  const { name, user } = await ceph.pool();
  const connection = await RadosCluster.connect({
    configFile: confFile,
    user,
    opTimeoutMs: OP_TIMEOUT_MS,
    instance: randomBytes(4).toString('hex'),
    ...options,
  });
  const pool = await connection.pool(name, { namespace: randomBytes(6).toString('hex') });
  return { pool, [Symbol.asyncDispose]: () => connection.close() };
}

/** Runs something while every OSD is silent, and lets them go on whatever happens. */
async function whilePaused<T>(cluster: CephCluster, run: () => Promise<T>): Promise<T> {
  for (const osd of cluster.osds) await osd.pause();
  try {
    return await run();
  } finally {
    for (const osd of cluster.osds) await osd.resume();
    await cluster.heal();
  }
}

/** A key whose calls one OSD answers. */
async function keyOn(
  cluster: CephCluster,
  { pool, namespace, osd }: { pool: string; namespace: string; osd: number },
): Promise<string> {
  for (let n = 0; ; n++) {
    const { osds } = await cluster.placeOf({ pool, namespace, key: `k${n}` });
    if (osds[0] === osd) return `k${n}`;
  }
}

/** How long until a call was rejected, and with which code. */
async function timed(call: () => Promise<unknown>): Promise<{ code: unknown; ms: number }> {
  const begin = performance.now();
  const code = await codeOf(watch(call()));
  return { code, ms: performance.now() - begin };
}

function assertNear(ms: number, limitMs: number): void {
  assert.ok(Math.abs(ms - limitMs) <= limitMs * TOLERANCE, `${ms} ms for a limit of ${limitMs} ms`);
}

test(
  'silent OSDs: calls end at their time-out, reads as such, writes as ambiguous',
  WITH_CEPH_FAULTS,
  async () => {
    const cluster = await ceph.cluster();
    await using open = await openPool();
    const { pool } = open;
    await pool.writeFull('k', randomBytes(4096));
    const into = new Uint8Array(4096);
    await whilePaused(cluster, async () => {
      const ends = await Promise.all([
        timed(() => pool.read('k', { into })),
        timed(() => pool.writeFull('late', randomBytes(4096))),
        timed(() => pool.change('late 2', [{ do: 'create', exclusive: true }])),
        timed(() => pool.read('k', { into, timeoutMs: 1000 })),
        timed(() => pool.remove('k', { timeoutMs: 1000 })),
      ]);
      const codes = ends.map(({ code }) => code);
      const [TIMEOUT, AMBIGUOUS] = ['PROVENDER_TIMEOUT', 'PROVENDER_AMBIGUOUS'];
      assert.deepEqual(codes, [TIMEOUT, AMBIGUOUS, AMBIGUOUS, TIMEOUT, AMBIGUOUS]);
      for (const { ms } of ends.slice(0, 3)) assertNear(ms, OP_TIMEOUT_MS);
      for (const { ms } of ends.slice(3)) assertNear(ms, 1000);
    });
    // What was ambiguous has landed or not, as a whole; and the pool works again.
    await pool.flush();
    for (const key of ['late', 'late 2', 'k']) {
      const [settled] = await Promise.allSettled([pool.stat(key)]);
      if (settled.status === 'rejected') assert.ok(isRadosError(settled.reason, 'ENOENT'));
      else assert.ok([0, 4096].includes(settled.value.size));
    }
    await pool.writeFull('k', randomBytes(1));
  },
);

test('silent OSDs: 5000 calls at once do not hold up the event loop', WITH_CEPH_FAULTS, async () => {
  const cluster = await ceph.cluster();
  await using open = await openPool();
  const { pool } = open;
  await pool.writeFull('warm', randomBytes(4096));
  const bytes = randomBytes(4096);
  const outcomes = await whilePaused(cluster, async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const abort = new AbortController();
    const calls = Array.from({ length: 5000 }, (_, i) =>
      watch(pool.writeFull(`k${i}`, bytes, { signal: abort.signal })),
    );
    const first = calls[0];
    assert.ok(first);
    await first.outcome; // its op time-out: the loop has turned for three seconds
    delay.disable();
    abort.abort();
    const all = await Promise.all(calls.map(codeOf));
    const longestMs = delay.max / 1e6;
    assert.ok(longestMs < LONGEST_DELAY_MS, `the event loop stood still for ${longestMs} ms`);
    return all;
  });
  const count = (code: string): number => outcomes.filter((found) => found === code).length;
  assert.equal(count('PROVENDER_BUSY'), 5000 - 512 - 4096);
  assert.equal(
    count('PROVENDER_BUSY') +
      count('PROVENDER_AMBIGUOUS') +
      count('PROVENDER_CANCELLED') +
      count('PROVENDER_TIMEOUT'),
    5000,
  );
  assert.ok(count('PROVENDER_AMBIGUOUS') >= 512, 'all that were in flight');
});

test(
  'silent OSDs: close cancels what its grace has not ended, long before the op time-out',
  WITH_CEPH_FAULTS,
  async () => {
    const cluster = await ceph.cluster();
    const { confFile } = cluster;
    const { name, user } = await ceph.pool();
    const opTimeoutMs = 3_600_000; // only a cancel can end these calls in the time of a test
    const connection = await RadosCluster.connect({ configFile: confFile, user, opTimeoutMs });
    const pool = await connection.pool(name);
    await pool.writeFull('k', randomBytes(1));
    await whilePaused(cluster, async () => {
      const writes = Array.from({ length: 64 }, () => watch(pool.writeFull('k', randomBytes(4096))));
      const reads = Array.from({ length: 64 }, () => watch(pool.read('k', { into: new Uint8Array(1) })));
      const statistics = watch(pool.stats());
      await Promise.all([connection.close({ graceMs: 100 }), connection.close()]);
      for (const call of writes) assert.equal(await codeOf(call), 'PROVENDER_AMBIGUOUS');
      for (const call of reads) assert.equal(await codeOf(call), 'PROVENDER_CLOSED');
      await statistics.outcome;
      await assert.rejects(pool.stat('k'), { code: 'PROVENDER_CLOSED' });
    });
  },
);

test(
  'an OSD killed under load: every call is answered or says what it is, and no write is lost',
  WITH_CEPH_FAULTS,
  async () => {
    const cluster = await ceph.cluster();
    await using open = await openPool({ opTimeoutMs: 30_000 });
    const { pool } = open;
    const written = new Map<string, Uint8Array>();
    let isOver = false;
    const lane = async (name: string): Promise<void> => {
      for (let i = 0; !isOver; i++) {
        const bytes = randomBytes(2000);
        await pool.writeFull(`${name}-${i}`, bytes);
        written.set(`${name}-${i}`, bytes);
      }
    };
    const lanes = Promise.all(Array.from({ length: 16 }, (_, i) => lane(`lane${i}`)));
    try {
      await until('load', () => written.size > 100);
      const before = written.size;
      await cluster.osd(1).kill();
      await until('writes go on without it', () => written.size > before + 200);
      isOver = true;
      await lanes;
    } finally {
      isOver = true;
      await cluster.osd(1).revive();
      await cluster.heal();
    }
    const into = new Uint8Array(2000);
    for (const [key, bytes] of written) {
      assert.equal(await pool.read(key, { into }), bytes.length);
      assert.ok(Buffer.from(into).equals(bytes), key);
    }
  },
);

test(
  'an OSD that started again while nobody talked to it is found within the first call',
  WITH_CEPH_FAULTS,
  async () => {
    const cluster = await ceph.cluster();
    const { name } = await ceph.pool();
    await using open = await openPool();
    const { pool } = open;
    const osd = 1;
    const key = await keyOn(cluster, { pool: name, namespace: pool.namespace, osd });
    await cluster.osd(osd).kill();
    await cluster.osd(osd).revive();
    await cluster.heal();
    // The connection never heard that the OSD went, and has its old address.
    await pool.writeFull(key, randomBytes(10));
  },
);

test('a full cluster refuses what grows, at once, and takes removals', WITH_CEPH_FAULTS, async () => {
  const cluster = await ceph.cluster();
  await using open = await openPool({ opTimeoutMs: 60_000 });
  const { pool } = open;
  await pool.writeFull('k', randomBytes(4096));
  await cluster.fill();
  try {
    let refusal: unknown;
    let at = 0;
    await until('the client is refused', async () => {
      const [settled] = await Promise.allSettled([pool.writeFull(`more-${at++}`, randomBytes(4096))]);
      if (settled.status === 'rejected') refusal = settled.reason;
      return settled.status === 'rejected';
    });
    assert.ok(isProvenderError(refusal, 'PROVENDER_OVER_QUOTA'), String(refusal));
    assert.ok(isRadosError(refusal.cause, 'ENOSPC'));
    await pool.remove('k');
    await assert.rejects(pool.stat('k'), { code: 'ENOENT' });
  } finally {
    await cluster.heal();
  }
});

test(
  'a silent monitor does not stop what runs; a new connection says that nobody answers',
  WITH_CEPH_FAULTS,
  async () => {
    const cluster = await ceph.cluster();
    await using open = await openPool({ opTimeoutMs: 30_000 });
    const { pool } = open;
    await pool.writeFull('k', randomBytes(10));
    await cluster.monitor.pause();
    try {
      for (let i = 0; i < 50; i++) await pool.writeFull(`k${i}`, randomBytes(10));
      const connect = openPool({ connectTimeoutMs: 2000 });
      await assert.rejects(connect, { code: 'ETIMEDOUT', syscall: 'rados_connect' });
    } finally {
      await cluster.monitor.resume();
      await cluster.heal();
    }
  },
);
