import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectSettings } from '../../../src/objects/rados/client/connect-settings.ts';

const FILE = { configFile: '/etc/ceph/ceph.conf', user: 'provender' };

test('time-outs are always set, in whole seconds; the bounds of librados are 32 times ours', () => {
  const { user, configFile, settings, limits, opTimeoutMs } = connectSettings(FILE, 4);
  assert.equal(user, 'client.provender');
  assert.equal(configFile, '/etc/ceph/ceph.conf');
  assert.deepEqual(Object.fromEntries(settings), {
    rados_osd_op_timeout: '30',
    rados_mon_op_timeout: '30',
    objecter_timeout: '2',
    objecter_tick_interval: '1',
    client_mount_timeout: '10',
    objecter_inflight_ops: String(32 * 512),
    objecter_inflight_op_bytes: String(32 * 128 * 2 ** 20),
  });
  assert.deepEqual(limits, { maxInFlight: 512, maxInFlightBytes: 134_217_728, maxQueued: 4096 });
  assert.equal(opTimeoutMs, 30_000);
  const short = connectSettings({ ...FILE, opTimeoutMs: 1, connectTimeoutMs: 2001 });
  const named = Object.fromEntries(short.settings);
  assert.deepEqual([named['rados_osd_op_timeout'], named['client_mount_timeout']], ['1', '3']);
  assert.equal(short.opTimeoutMs, 1000);
  assert.deepEqual([named['objecter_timeout'], named['objecter_tick_interval']], ['0.25', '0.125']);
});

test('messenger threads are fewer than cores, and as the file says with four cores and more', () => {
  const threads = (cores: number) =>
    Object.fromEntries(connectSettings(FILE, cores).settings)['ms_async_op_threads'];
  assert.deepEqual([1, 2, 3, 4, 64].map(threads), ['1', '1', '2', undefined, undefined]);
});

test('given options come last and win; those of admission are refused', () => {
  const { settings } = connectSettings({ ...FILE, options: { rados_osd_op_timeout: '5', ms_type: 'async' } });
  assert.deepEqual(settings.slice(-2), [
    ['rados_osd_op_timeout', '5'],
    ['ms_type', 'async'],
  ]);
  for (const name of ['objecter_inflight_ops', 'objecter inflight op bytes', 'objecter-inflight-ops']) {
    assert.throws(() => connectSettings({ ...FILE, options: { [name]: '1' } }), { code: 'PROVENDER_CONFIG' });
  }
});

test('without a file, monitors and a keyring are needed', () => {
  const { settings } = connectSettings({ user: 'client.u', monHosts: '10.0.0.1', keyring: '/k' });
  assert.deepEqual(settings.slice(0, 2), [
    ['mon_host', '10.0.0.1'],
    ['keyring', '/k'],
  ]);
  for (const part of [{}, { monHosts: '10.0.0.1' }, { keyring: '/k' }]) {
    assert.throws(() => connectSettings({ user: 'u', ...part }), { code: 'PROVENDER_CONFIG' });
  }
});

test('equal settings have equal digests, and whatever differs another one', () => {
  const base = { ...FILE, instance: 'a' };
  assert.equal(connectSettings(base).digest, connectSettings({ ...base, user: 'client.provender' }).digest);
  const others = [
    FILE,
    { ...base, instance: 'b' },
    { ...base, user: 'other' },
    { ...base, configFile: '/other' },
    { ...base, keyring: '/k' },
    { ...base, opTimeoutMs: 5000 },
    { ...base, admission: { maxQueued: 1 } },
    { ...base, options: { ms_type: 'async' } },
    base,
  ];
  assert.equal(new Set(others.map((o) => connectSettings(o).digest)).size, others.length);
});

test('figures that cannot be are refused', () => {
  const bad = [
    { opTimeoutMs: 0 },
    { opTimeoutMs: 2 ** 31 },
    { connectTimeoutMs: -1 },
    { admission: { maxInFlight: 0 } },
    { admission: { maxInFlightBytes: 1.5 } },
    { admission: { maxQueued: -1 } },
    { user: '' },
    { user: 'a\0' },
  ];
  for (const part of bad)
    assert.throws(() => connectSettings({ ...FILE, ...part }), { code: 'PROVENDER_INVALID' });
});
