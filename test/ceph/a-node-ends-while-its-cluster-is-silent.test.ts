import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { cephArgs } from '../support/ceph-node.ts';
import { useCeph, WITH_CEPH_FAULTS } from '../support/ceph-test.ts';
import { launchCli, resultOf, runCli, startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';
import { until } from '../support/until.ts';

const ceph = useCeph({ faults: true });
/** Longer than a test waits for the end of a node: one that waited for an operation would be killed. */
const ENDLESS = ['--op-timeout', '10m', '--grace', '1s', '--dead-after', '5s'];

for (const { signals, code } of [
  { signals: 1, code: 0 },
  { signals: 2, code: 143 },
]) {
  test(
    `${signals} x SIGTERM end a node whose OSDs are all silent, and the next start loses nothing`,
    WITH_CEPH_FAULTS,
    async () => {
      const all = await ceph.cluster();
      await using scratch = await openScratch();
      const args = [...(await cephArgs(ceph, { namespace: `silent-${signals}` })), ...ENDLESS];
      await using node = await startNode({ dataDir: scratch.at('data'), args });
      const kept = await runCli(['-q', 'chunk', 'put', '-'], { node: node.address, input: 'acknowledged' });
      await writeFile(scratch.at('big'), randomBytes(8 * 2 ** 20));
      try {
        for (const osd of all.osds) await osd.pause();
        const put = launchCli(['put', scratch.at('big')], { node: node.address });
        put.stdin?.end();
        const result = resultOf(put);
        const busy = 'provender_ceph_operations_in_flight';
        await until('the put waits for the cluster', async () => (await node.metric(busy)) > 0);
        const ended = node.end('SIGTERM');
        if (signals === 2) {
          await node.logged('draining');
          node.child.kill('SIGTERM');
        }
        assert.equal(await ended, code);
        assert.notEqual((await result).code, 0);
      } finally {
        await all.heal();
      }
      await using again = await startNode({ dataDir: scratch.at('data'), args });
      const got = await runCli(['chunk', 'get', kept.stdout.toString().trim()], { node: again.address });
      assert.equal(got.stdout.toString(), 'acknowledged', got.stderr);
      await again.logged('session-swept');
      assert.equal(await again.end('SIGTERM'), 0);
    },
  );
}
