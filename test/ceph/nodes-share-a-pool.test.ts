import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { cephArgs } from '../support/ceph-node.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { jsonOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch, type Scratch } from '../support/scratch.ts';
import { mountSmallDisk } from '../support/small-disk.ts';

const ceph = useCeph();
const run = promisify(execFile);
const FREE = ['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];

/** A data directory with the key of the pod in `from`, and nothing else. */
async function podBeside(scratch: Scratch, from: string, name: string): Promise<string> {
  await mkdir(scratch.at(name, 'keys'), { recursive: true });
  await cp(scratch.at(from, 'keys', 'node.key'), scratch.at(name, 'keys', 'node.key'));
  return scratch.at(name);
}

test(
  'files and chunks come back byte for byte, from every pod, and a removal is one for all',
  WITH_CEPH,
  async () => {
    await using scratch = await openScratch();
    const args = await cephArgs(ceph, { namespace: 'share' });
    await using one = await startNode({ dataDir: scratch.at('one'), args });
    await using two = await startNode({ dataDir: await podBeside(scratch, 'one', 'two'), args });
    const content = randomBytes(9 * 2 ** 20 + 1);
    await writeFile(scratch.at('in'), content);
    const put = jsonOf(await runCli(['--json', 'put', scratch.at('in')], { node: one.address }));
    assert.equal(put.sizeBytes, content.length);
    const got = await runCli(['get', put.id, '-o', scratch.at('out')], { node: two.address });
    assert.equal(got.code, 0, got.stderr);
    assert.ok((await readFile(scratch.at('out'))).equals(content));
    const again = await runCli(['put', scratch.at('in')], { node: two.address });
    assert.match(`${again.stdout.toString()}${again.stderr}`, /already held/);
    const chunk = await runCli(['-q', 'chunk', 'put', '-'], { node: two.address, input: 'hello' });
    const id = chunk.stdout.toString().trim();
    const read = await runCli(['chunk', 'get', id], { node: one.address });
    assert.equal(read.stdout.toString(), 'hello', read.stderr);
    assert.equal((await runCli(['rm', put.id], { node: one.address })).code, 0);
    assert.equal((await runCli(['get', put.id, '-o', '-'], { node: two.address })).code, 3);
    const published = 'provender_store_operations_total{operation="publish",code="OK"}';
    assert.deepEqual([await one.metric(published), await two.metric(published)], [1, 0]);
    assert.equal(await two.metric('provender_store_sessions_total{event="opened"}'), 1);
    assert.equal(await one.end('SIGTERM'), 0);
    assert.equal(await two.end('SIGTERM'), 0);
  },
);

test(
  'a pod that died is fenced and swept by another one, which says so and counts it',
  WITH_CEPH,
  async () => {
    await using scratch = await openScratch();
    const args = [...(await cephArgs(ceph, { namespace: 'dead' })), '--dead-after', '3s'];
    await using one = await startNode({ dataDir: scratch.at('one'), args });
    await using two = await startNode({ dataDir: await podBeside(scratch, 'one', 'two'), args });
    const { address } = await one.logged('session-opened');
    await one.end('SIGKILL');
    const fenced = await two.logged('session-fenced');
    assert.equal(fenced['address'], address);
    await two.logged('session-swept');
    assert.equal(await two.metric('provender_store_sessions_total{event="fenced"}'), 1);
    assert.equal(await two.metric('provender_store_sessions_total{event="swept"}'), 1);
    assert.match(await (await ceph.cluster()).adminText(['osd', 'blocklist', 'ls']), /127\.0\.0\.1:0\/\d+/);
  },
);

test('a pod needs the key of the storer, and one that was refused starts with it', WITH_CEPH, async () => {
  await using scratch = await openScratch();
  const args = await cephArgs(ceph, { namespace: 'owned' });
  const one = await startNode({ dataDir: scratch.at('one'), args });
  await one.end('SIGTERM');
  const refused = await runCli(['serve', '--data-dir', scratch.at('two'), ...args, ...FREE]);
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /PROVENDER_CONFIG: .*objects belong to storer .*mount the keys\/node\.key/);
  await podBeside(scratch, 'one', 'two');
  await using two = await startNode({ dataDir: scratch.at('two'), args });
  assert.equal(await two.end('SIGTERM'), 0);
  const elsewhere = await runCli([
    'serve',
    '--data-dir',
    scratch.at('two'),
    ...args,
    '--namespace',
    'x',
    ...FREE,
  ]);
  assert.equal(elsewhere.code, 2);
  assert.match(
    elsewhere.stderr,
    /its data is in pool .*, namespace owned, configured is pool .*, namespace x/,
  );
});

test('a key that is mounted read-only is enough', WITH_CEPH, async () => {
  await using scratch = await openScratch();
  const args = await cephArgs(ceph, { namespace: 'mounted' });
  await (await startNode({ dataDir: scratch.at('one'), args })).end('SIGTERM');
  await using disk = await mountSmallDisk(1);
  await cp(scratch.at('one', 'keys', 'node.key'), `${disk.path}/node.key`);
  await run('mount', ['-o', 'remount,ro', disk.path]);
  await mkdir(scratch.at('two', 'keys'), { recursive: true });
  await run('mount', ['--bind', disk.path, scratch.at('two', 'keys')]);
  try {
    await using two = await startNode({ dataDir: scratch.at('two'), args });
    assert.equal(await two.end('SIGTERM'), 0);
  } finally {
    await run('umount', ['--lazy', scratch.at('two', 'keys')]);
  }
});

test(
  'the limit by default is 80 % of what the pool can take, which its quota bounds',
  WITH_CEPH,
  async () => {
    const all = await ceph.cluster();
    await using scratch = await openScratch();
    await using pool = await all.createPool();
    await all.admin(['osd', 'pool', 'set-quota', pool.name, 'max_bytes', String(100 * 2 ** 20)]);
    const args = await cephArgs(ceph, { pool: pool.name, namespace: 'n', user: pool });
    const first = await startNode({ dataDir: scratch.at('data'), args });
    assert.equal(await first.metric('provender_limit_bytes'), 80 * 2 ** 20);
    await first.end('SIGTERM');
    await all.admin(['osd', 'pool', 'set-quota', pool.name, 'max_bytes', String(200 * 2 ** 20)]);
    await using second = await startNode({ dataDir: scratch.at('data'), args });
    assert.equal(await second.metric('provender_limit_bytes'), 160 * 2 ** 20);
  },
);

test(
  'a pool that cannot hold the store, and a user without rights, are refused with the cure',
  WITH_CEPH,
  async () => {
    const all = await ceph.cluster();
    const { name } = await ceph.pool();
    await using scratch = await openScratch();
    await using erasure = await all.createPool({ erasure: true });
    const reader = await all.createUser({ osd: `allow r pool=${name}` });
    const cases: readonly [Parameters<typeof cephArgs>[1], RegExp][] = [
      [{ namespace: 'n', pool: 'no-such-pool' }, /there is no pool no-such-pool .*ceph osd pool create/],
      [{ namespace: 'n', pool: erasure.name, user: erasure }, /is erasure-coded and takes no omap rows/],
      [{ namespace: 'unwritten', user: reader }, /may not write there; give it the caps mon 'profile rbd'/],
    ];
    for (const [place, expected] of cases) {
      const args = [...(await cephArgs(ceph, place)), ...FREE, '--data-dir', scratch.at('data')];
      const { code, stderr } = await runCli(['serve', ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^provender: PROVENDER_CONFIG: /);
      assert.match(stderr, expected);
    }
  },
);
