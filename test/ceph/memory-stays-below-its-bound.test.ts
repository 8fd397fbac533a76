import { test } from 'node:test';
import { cephArgs } from '../support/ceph-node.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import {
  assertMemoryBounded,
  CEPH_FILE_MIB,
  memoryLoad,
  memorySum,
  SMALL_LIMIT_ARGS,
} from '../support/memory-load.ts';
import { startNode } from '../support/node-process.ts';
import { openScratch } from '../support/scratch.ts';

const ceph = useCeph();

test(`rados: ${memoryLoad(CEPH_FILE_MIB)} stay below the documented sum, and flat`, WITH_CEPH, async (t) => {
  await using scratch = await openScratch();
  const args = [...(await cephArgs(ceph, { namespace: 'memory' })), ...SMALL_LIMIT_ARGS];
  const few = ['--op-bytes-in-flight', '32MiB'];
  await using node = await startNode({ dataDir: scratch.at('data'), args: [...args, ...few] });
  const bound = await memorySum({ store: 'rados', pool: 'any', opBytesInFlight: '32MiB' });
  const tell = (line: string): void => t.diagnostic(line);
  await assertMemoryBounded(node, { bound, fileMib: CEPH_FILE_MIB, tell });
});
