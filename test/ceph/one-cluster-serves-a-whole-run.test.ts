import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptsCopy } from '../house/scripts-in-copy.ts';
import { plantCephSupport } from '../house/ceph-in-copy.ts';
import { WITH_CEPH_FAULTS } from '../support/ceph-test.ts';

const WRITES = `
import { test } from 'node:test';
import { useCeph } from '../support/ceph-test.ts';
const ceph = useCeph();
test('writes', async () => {
  const [cluster, { name }] = [await ceph.cluster(), await ceph.pool()];
  await cluster.rados(['-p', name, 'put', 'a', '-'], 'bytes');
  console.log('used', cluster.confFile);
});
`;

const WAITS_FOR_ITSELF = `
import { test } from 'node:test';
import { useCeph } from '../support/ceph-test.ts';
const [shared, alone] = [useCeph(), useCeph({ faults: true })];
test('wants it twice', async () => {
  await shared.cluster();
  await alone.cluster();
});
`;

const DIES = `
import { test } from 'node:test';
import { useCeph } from '../support/ceph-test.ts';
const ceph = useCeph({ faults: true });
test('hurts the cluster and dies', async () => {
  const cluster = await ceph.cluster();
  await cluster.osd(0).kill();
  await cluster.osd(1).pause();
  process.kill(process.pid, 'SIGKILL');
});
`;

test(
  'files share the cluster of the run, which is healed after one that hurt it and died',
  WITH_CEPH_FAULTS,
  async () => {
    await using copy = await ScriptsCopy.create();
    await plantCephSupport(copy);
    // concurrency 2: files a and b have the cluster together; those of the group ceph come one after the other
    for (const name of ['unit/a', 'unit/b', 'ceph/d']) await copy.plant(`test/${name}.test.ts`, WRITES);
    await copy.plant('test/ceph/c.test.ts', DIES);
    await copy.plant('test/ceph/e.test.ts', WAITS_FOR_ITSELF);
    const { code, output } = await copy.run(process.execPath, ['scripts/test.mjs']);
    const used = [...output.matchAll(/used (\S+)/g)].map(([, confFile]) => confFile);
    assert.equal(used.length, 3, output);
    assert.equal(new Set(used).size, 1, output);
    assert.match(output, /unit: 2 files, 2 passed, 0 failed/);
    assert.match(output, /ceph: 3 files, 1 passed, 2 failed/);
    assert.match(output, /this process has the cluster already, and not alone/);
    assert.equal(code, 1);
  },
);

test('a run whose tests need no Ceph starts none', async () => {
  await using copy = await ScriptsCopy.create();
  await plantCephSupport(copy);
  const plain = "import { test } from 'node:test';\ntest('holds', () => undefined);\n";
  await copy.plant('test/unit/a.test.ts', plain);
  const { code, output } = await copy.run(process.execPath, ['scripts/test.mjs']);
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /starting a Ceph cluster/);
});
