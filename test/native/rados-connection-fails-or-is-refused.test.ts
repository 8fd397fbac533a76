import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { WITH_CEPH, useCeph } from '../support/ceph-test.ts';
import { openRaw, rawConnect, rawRados, runRaw } from '../support/rados-raw.ts';
import { until } from '../support/until.ts';

const ceph = useCeph();
const ESHUTDOWN = -108;

test('a monitor that never answers ends connect at client_mount_timeout', WITH_CEPH, async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  assert.ok(typeof address === 'object' && address !== null);
  const settings = [
    ['mon_host', `[v2:127.0.0.1:${address.port}]`],
    ['client_mount_timeout', '1'],
  ] as const; // prettier-ignore
  const options = rawConnect(await ceph.cluster(), await ceph.pool(), { digest: 'silent', settings });
  await assert.rejects(rawRados().connect(options), { errno: -110, syscall: 'rados_connect' });
  silent.close();
});

test('errors name the call and what it was for', WITH_CEPH, async () => {
  const good = rawConnect(await ceph.cluster(), await ceph.pool(), { digest: 'bad' });
  const cases = [
    [{ ...good, configFile: '/absent/ceph.conf' }, 'rados_conf_read_file', /\/absent\/ceph\.conf/],
    [{ ...good, settings: [['no_such_option', '1']] }, 'rados_conf_set', /no_such_option/],
    [{ ...good, settings: [['objecter_inflight_ops', 'many']] }, 'rados_conf_set', /objecter_inflight_ops/],
    [{ ...good, user: 'nobody' }, 'rados_connect', /client\.nobody/],
  ] as const;
  for (const [options, syscall, message] of cases) {
    await assert.rejects(rawRados().connect(options), { syscall, message });
  }
});

test('a connection that failed leaves room for one that works', WITH_CEPH, async () => {
  const good = rawConnect(await ceph.cluster(), await ceph.pool(), { digest: 'retried' });
  const bad = { ...good, settings: [['no_such_option', '1']] } as const;
  const [failed, worked] = await Promise.allSettled([rawRados().connect(bad), rawRados().connect(good)]);
  assert.deepEqual([failed.status, worked.status], ['rejected', 'fulfilled']);
  if (worked.status === 'fulfilled') await worked.value.close();
});

test('connections with one digest share an address, others do not', WITH_CEPH, async () => {
  const [cluster, pool] = [await ceph.cluster(), await ceph.pool()];
  const connect = async (digest: string) => await rawRados().connect(rawConnect(cluster, pool, { digest }));
  const [a, b, c] = [await connect('same'), await connect('same'), await connect('other')];
  assert.equal(a.address(), b.address());
  assert.notEqual(a.address(), c.address());
  const address = a.address();
  await Promise.all([a.close(), b.close()]);
  const again = await connect('same');
  assert.notEqual(again.address(), address);
  await Promise.all([again.close(), c.close()]);
});

test('a blocklisted client is refused, and another is not', WITH_CEPH, async () => {
  const [cluster, own] = [await ceph.cluster(), await ceph.pool()];
  const fenced = await rawRados().connect(rawConnect(cluster, own, { digest: 'fenced' }));
  const victim = await fenced.pool(own.name, 'fence');
  const { native, pool } = await openRaw(cluster, own, 'fence');
  assert.equal(await runRaw((id) => victim.writeFull(id, 'k', new Uint8Array(1))), 0);
  await native.blocklist(fenced.address(), 60);
  await native.waitForLatestMap();
  // an OSD that has not this map yet learns of it from the next write of ours
  await until('the fence stands', async () => {
    await runRaw((id) => pool.writeFull(id, 'k', new Uint8Array(1)));
    return (await runRaw((id) => victim.writeFull(id, 'k', new Uint8Array(1)))) === ESHUTDOWN;
  });
  await Promise.all([fenced.close(), native.close()]);
});
