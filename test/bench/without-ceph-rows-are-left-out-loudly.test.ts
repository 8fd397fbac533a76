import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CephSource } from '../../bench/framework/ceph-source.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Nobody keeps commands here. */
const NO_COMMANDS = '/nonexistent';

beforeEach(() => {
  process.env['PATH'] = NO_COMMANDS;
  for (const name of ['CI', 'PROVENDER_REQUIRE_CEPH', 'PROVENDER_CEPH_CONF']) delete process.env[name];
});

test('a machine without Ceph says what it lacks, and opening says so too', async () => {
  const source = new CephSource({ restLimitMs: 0 });
  assert.match(source.lack ?? '', /no ceph-mon, ceph-mgr, ceph-osd, ceph-common/);
  await assert.rejects(source.open(), /no Ceph: no ceph-mon/);
  await source.close();
});

test('a given cluster needs the commands of a client only', () => {
  const { lack = '' } = new CephSource({ given: '/some/ceph.conf', restLimitMs: 0 });
  assert.match(lack, /^no ceph-common/);
  assert.doesNotMatch(lack, /not root/);
});

test('what is left out is remembered, with the reason', () => {
  const source = new CephSource({ restLimitMs: 0 });
  source.leaveOut('rows of rados');
  assert.equal(source.leftOut.length, 1);
  assert.match(source.leftOut[0] ?? '', /^rows of rados: LEFT OUT, no Ceph \(no ceph-mon/);
});

test('where Ceph is required nothing is left out', () => {
  for (const [name, value] of [
    ['CI', 'true'],
    ['CI', '1'],
    ['PROVENDER_REQUIRE_CEPH', '1'],
  ] as const) {
    process.env[name] = value;
    assert.throws(() => new CephSource({ restLimitMs: 0 }).leaveOut('rows of rados'), /LEFT OUT/, name);
    delete process.env[name];
  }
});

test('who asks for rados by name gets an error without Ceph, and no empty report', () => {
  const argv = ['--import', 'tsx', 'bench/main.ts', 'rados', '--quick'];
  const run = spawnSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8', env: process.env });
  assert.equal(run.status, 3);
  assert.match(run.stderr, /no Ceph: no ceph-mon/);
});
