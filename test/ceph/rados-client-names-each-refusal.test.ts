import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { isProvenderError } from '../../src/content/provender-error.ts';
import type { RadosConnection } from '../../src/objects/rados/client/rados-cluster-types.ts';
import { RadosCluster } from '../../src/objects/rados/client/rados-cluster.ts';
import { isRadosError } from '../../src/objects/rados/client/rados-error.ts';
import type { RadosPool } from '../../src/objects/rados/client/rados-pool.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { openScratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const KEY = 'k';
const bytes = randomBytes(100);

async function connectAs(user: string): Promise<RadosConnection> {
  const { confFile } = await ceph.cluster();
  return await RadosCluster.connect({ configFile: confFile, user, opTimeoutMs: 20_000 });
}

/** Every call that changes something. */
function writesOf(pool: RadosPool): readonly (() => Promise<unknown>)[] {
  return [
    () => pool.writeFull(KEY, bytes),
    () => pool.write(KEY, 1, bytes),
    () => pool.append(KEY, bytes),
    () => pool.truncate(KEY, 1),
    () => pool.remove(KEY),
    () => pool.change(KEY, [{ do: 'setXattr', name: 'x', value: bytes }]),
  ];
}

test('a user that may only read is refused each change with EPERM', WITH_CEPH, async () => {
  const cluster = await ceph.cluster();
  const { name, user } = await ceph.pool();
  await using owner = await connectAs(user);
  await (await owner.pool(name)).writeFull(KEY, bytes);
  const reader = await cluster.createUser({ mon: 'allow r', osd: `allow r pool=${name}` });
  await using connection = await connectAs(reader.user);
  const pool = await connection.pool(name);
  const into = new Uint8Array(100);
  assert.equal(await pool.read(KEY, { into }), 100);
  for (const write of writesOf(pool)) await assert.rejects(write(), { code: 'EPERM', errno: -1 });
  const codes = await pool.writeMany([{ key: KEY, bytes }]);
  assert.deepEqual([...codes], [-1]);
  await assert.rejects(connection.blocklist('127.0.0.1:0/1', 1), { code: 'EACCES' });
});

test('a user of one namespace is refused in another', WITH_CEPH, async () => {
  const cluster = await ceph.cluster();
  const { name } = await ceph.pool();
  const tenant = await cluster.createUser({ osd: `allow rwx pool=${name} namespace=mine` });
  await using connection = await connectAs(tenant.user);
  await (await connection.pool(name, { namespace: 'mine' })).writeFull(KEY, bytes);
  const other = await connection.pool(name, { namespace: 'other' });
  await assert.rejects(other.read(KEY, { into: new Uint8Array(1) }), { code: 'EPERM', pool: name });
  for (const write of writesOf(other)) await assert.rejects(write(), { code: 'EPERM' });
});

test('a pool that is not there, and one that goes away', WITH_CEPH, async () => {
  const cluster = await ceph.cluster();
  const doomed = await cluster.createPool();
  await using connection = await connectAs(doomed.user);
  await assert.rejects(connection.pool('no-such-pool'), {
    code: 'ENOENT',
    pool: 'no-such-pool',
  });
  const pool = await connection.pool(doomed.name);
  await pool.writeFull(KEY, bytes);
  const load = Array.from({ length: 100 }, () => pool.read(KEY, { into: new Uint8Array(100) }));
  await doomed.remove();
  await Promise.allSettled(load);
  await until('the client has the map without the pool', async () => {
    const settled = await Promise.allSettled([pool.stat(KEY)]);
    return settled[0].status === 'rejected';
  });
  await assert.rejects(pool.read(KEY, { into: new Uint8Array(1) }), { code: 'ENOENT' });
  for (const write of writesOf(pool)) await assert.rejects(write(), { code: 'ENOENT' });
});

test(
  'a pool at its quota takes nothing more, says so at once, and lets go of what it has',
  WITH_CEPH,
  async () => {
    const cluster = await ceph.cluster();
    await using small = await cluster.createPool();
    await using connection = await connectAs(small.user);
    const pool = await connection.pool(small.name);
    await pool.writeMany(Array.from({ length: 4 }, (_, i) => ({ key: `k${i}`, bytes })));
    await cluster.admin(['osd', 'pool', 'set-quota', small.name, 'max_objects', '2']);
    let refusal: unknown;
    let more = 0;
    await until('the quota has reached the OSDs', async () => {
      const [settled] = await Promise.allSettled([pool.writeFull(`more-${more++}`, bytes)]);
      if (settled.status === 'rejected') refusal = settled.reason;
      return settled.status === 'rejected';
    });
    assert.ok(isProvenderError(refusal, 'PROVENDER_OVER_QUOTA'), String(refusal));
    assert.ok(isRadosError(refusal.cause, 'EDQUOT'));
    const codes = await pool.writeMany([{ key: 'another', bytes }]);
    assert.deepEqual([...codes], [-122]);
    await pool.writeFull('k1', bytes); // what does not grow is taken
    await pool.read('k0', { into: new Uint8Array(100) });
    await pool.remove('k0');
  },
);

test('connect says what does not fit', WITH_CEPH, async () => {
  await using scratch = await openScratch();
  const { confFile } = await ceph.cluster();
  const { user } = await ceph.pool();
  const nowhere = scratch.at('no.conf');
  await assert.rejects(RadosCluster.connect({ configFile: nowhere, user }), {
    code: 'ENOENT',
    syscall: 'rados_conf_read_file',
  });
  await assert.rejects(RadosCluster.connect({ configFile: confFile, user: 'nobody-knows' }), {
    code: 'ENOENT',
    syscall: 'rados_connect',
  });
  await writeFile(
    scratch.at('keyring'),
    `[client.${user}]\n\tkey = AQD/Rn5lAAAAABAAkW8M7ZkbX7oF7m9MQmVVgw==\n`,
  );
  const wrongKey = { configFile: confFile, user, keyring: scratch.at('keyring') };
  await assert.rejects(RadosCluster.connect(wrongKey), { code: 'EACCES', syscall: 'rados_connect' });
  const options = { 'no such option': '1' };
  await assert.rejects(RadosCluster.connect({ configFile: confFile, user, options }), {
    syscall: 'rados_conf_set',
  });
});

test('connect without a monitor ends at its time-out, and at once with its signal', WITH_CEPH, async () => {
  await using scratch = await openScratch();
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  assert.ok(typeof address === 'object' && address !== null);
  const keyring = scratch.at('keyring');
  await writeFile(keyring, '[client.u]\n\tkey = AQD/Rn5lAAAAABAAkW8M7ZkbX7oF7m9MQmVVgw==\n');
  const options = {
    monHosts: `v2:127.0.0.1:${address.port}`,
    keyring,
    user: 'u',
    connectTimeoutMs: 2000,
  };
  try {
    await assert.rejects(RadosCluster.connect(options), { code: 'ETIMEDOUT', syscall: 'rados_connect' });
    const abort = new AbortController();
    const connect = RadosCluster.connect({ ...options, instance: 'aborted', signal: abort.signal });
    abort.abort();
    await assert.rejects(connect, { code: 'PROVENDER_CANCELLED' });
  } finally {
    silent.close();
  }
});
