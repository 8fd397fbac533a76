import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WITH_CEPH_FAULTS, useCeph } from '../support/ceph-test.ts';
import type { CephCluster } from '../support/ceph-cluster.ts';
import type { CephPool } from '../support/ceph-pool.ts';

// Facts of librados from spec/native-addon.md, section 3, asked in C: a release that changes one has to be noticed.
const SOURCE = fileURLToPath(new URL('../support/librados-facts.cc', import.meta.url));
const MOST_OBJECTS = 64;
const run = promisify(execFile);
const ceph = useCeph({ faults: true });
const folder = mkdtempSync(join(tmpdir(), 'provender-facts-'));
after(() => rmSync(folder, { recursive: true }));
let prepared: Promise<Prepared> | undefined;

interface Prepared {
  readonly program: string;
  readonly cluster: CephCluster;
  readonly pool: CephPool;
  /** An object whose first copy OSD 0 has. */
  readonly key: string;
}

async function prepare(): Promise<Prepared> {
  const program = join(folder, 'librados-facts');
  await run('g++', ['-std=c++20', '-O1', SOURCE, '-lrados', '-o', program]);
  const [cluster, pool] = [await ceph.cluster(), await ceph.pool()];
  for (let i = 0; i < MOST_OBJECTS; i++) {
    const key = `fact-${i}`;
    await cluster.rados(['-p', pool.name, 'put', key, '-'], 'x'.repeat(64));
    const { osds } = await cluster.placeOf({ pool: pool.name, key });
    if (osds[0] === 0) return { program, cluster, pool, key };
  }
  throw new Error(`none of ${MOST_OBJECTS} objects is on OSD 0`);
}

async function ask(fact: string): Promise<unknown> {
  const { program, cluster, pool, key } = await (prepared ??= prepare());
  const { stdout } = await run(program, [fact, cluster.confFile, pool.user, pool.name, key], {
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}

/** Asks while OSD 0 does not answer. */
async function askPaused(fact: string): Promise<unknown> {
  const { cluster } = await (prepared ??= prepare());
  await cluster.osd(0).pause();
  try {
    return await ask(fact);
  } finally {
    await cluster.osd(0).resume();
  }
}

test('callbacks of one connection run one at a time', WITH_CEPH_FAULTS, async () => {
  assert.deepEqual(await ask('serial'), { all: true, mostAtOnce: 1 });
});

test(
  'a refused call is never called back, an ended one can be cancelled, keys have limits',
  WITH_CEPH_FAULTS,
  async () => {
    const expected = { huge: -7, calledBack: false, cancelOfEnded: 0, emptyKey: -22, key2049: -36 };
    assert.deepEqual(await ask('refusals'), expected);
  },
);

test('submitting waits when the bound of operations is reached', WITH_CEPH_FAULTS, async () => {
  assert.deepEqual(await askPaused('blocking'), { submitted: 4 });
});

test('cancel answers what is pending; shutdown does not', WITH_CEPH_FAULTS, async () => {
  const expected = { cancel: 0, answered: true, answer: -125, answeredAfterShutdown: false };
  assert.deepEqual(await askPaused('pending'), expected);
});
