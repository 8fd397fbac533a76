import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STEP, type NativePool } from '../../src/objects/rados/client/native-binding.ts';
import { WITH_CEPH, useCeph } from '../support/ceph-test.ts';
import { openRaw, runRaw, sharedBytes, submitRaw } from '../support/rados-raw.ts';

const ceph = useCeph();
const NONE = new Uint8Array(0);
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const EEXIST = -17;
const ENOENT = -2;
const ECANCELED = -125;

/** The extra of a look, to be taken apart. */
function asFields(extra: unknown): unknown[] {
  assert.ok(Array.isArray(extra));
  return extra;
}

async function look(
  pool: NativePool,
  key: string,
  steps: readonly (readonly unknown[])[],
  into?: Uint8Array,
) {
  return await submitRaw((id) => pool.look(id, key, steps, into)).result;
}

test('what one change wrote, one look reads', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'steps');
  const steps = [
    [STEP.create, true],
    [STEP.writeFull, bytes('0123456789')],
    [STEP.write, 5, bytes('FIVE')],
    [STEP.setXattr, 'full', bytes('value')],
    [STEP.setXattr, 'empty', NONE],
    [STEP.omapSet, 'a', bytes('1'), 'b\0c', NONE, 'p1', bytes('x'), 'p2', bytes('y'), 'q', bytes('z')],
  ];
  assert.equal(await runRaw((id) => pool.change(id, 'k', steps)), 0);
  const into = sharedBytes(16);
  const found = await look(
    pool,
    'k',
    [
      [STEP.read, 0, 4],
      [STEP.read, 8, 12],
      [STEP.xattrs],
      [STEP.stat],
      [STEP.omapKeys, 'a', 'absent', 'b\0c'],
    ],
    into,
  ); // prettier-ignore
  assert.equal(found.rc, 0);
  const fields = asFields(found.extra);
  const [mtimeMs] = fields.splice(9, 1);
  assert.ok(Math.abs(Number(mtimeMs) - Date.now()) < 3_600_000);
  const reads = [4, 2];
  const xattrs = [2, 'empty', 0, 'full', 5];
  const rows = [2, 'a', 1, 'b\0c', 0];
  assert.deepEqual(fields, [bytes('value1'), ...reads, ...xattrs, 10, ...rows]);
  assert.equal(Buffer.from(into).toString('latin1', 0, 6), '0123E9');
  await checkRanges(pool);
  await native.close();
});

async function checkRanges(pool: NativePool): Promise<void> {
  const page = async (after: string, prefix: string, limit: number): Promise<unknown> => {
    const { extra } = await look(pool, 'k', [[STEP.omapRange, after, prefix, limit]]);
    const fields = asFields(extra);
    return { keys: fields.filter((field) => typeof field === 'string'), more: fields.at(-1) === 1 };
  };
  assert.deepEqual(await page('', '', 2), { keys: ['a', 'b\0c'], more: true });
  assert.deepEqual(await page('a', '', 10), { keys: ['b\0c', 'p1', 'p2', 'q'], more: false });
  assert.deepEqual(await page('', 'p', 10), { keys: ['p1', 'p2'], more: false });
  assert.deepEqual(await page('p1', 'p', 10), { keys: ['p2'], more: false });
}

test('a guard that does not hold leaves everything as it was', WITH_CEPH, async () => {
  const { native, pool } = await openRaw(await ceph.cluster(), await ceph.pool(), 'guards');
  const change = async (...steps: (readonly unknown[])[]): Promise<number> =>
    await runRaw((id) => pool.change(id, 'k', steps));
  const spoil = [STEP.setXattr, 'x', bytes('spoilt')] as const;
  assert.equal(await change([STEP.assertExists], spoil), ENOENT);
  assert.equal(
    await change([STEP.create, true], [STEP.setXattr, 'x', bytes('1')], [STEP.omapSet, 'r', bytes('1')]),
    0,
  );
  assert.equal(await change([STEP.create, true], spoil), EEXIST);
  assert.equal(await change([STEP.cmpXattr, 'x', bytes('2')], spoil), ECANCELED);
  assert.equal(await change([STEP.omapCmp, 'r', bytes('2')], spoil), ECANCELED);
  assert.equal(await change([STEP.omapCmp, 'absent', bytes('2')], spoil), ECANCELED);
  const { extra } = await look(pool, 'k', [[STEP.xattrs]]);
  assert.deepEqual(extra, [bytes('1'), 1, 'x', 1]);
  const held = [
    [STEP.cmpXattr, 'x', bytes('1')],
    [STEP.omapCmp, 'r', bytes('1')],
    [STEP.omapCmp, 'absent', NONE],
  ]; // prettier-ignore
  assert.equal(await change(...held, [STEP.create, false], [STEP.omapRemove, 'r', 'absent']), 0);
  assert.equal(await change([STEP.omapCmp, 'r', NONE], [STEP.remove]), 0);
  assert.deepEqual(await look(pool, 'k', [[STEP.stat]]), { rc: ENOENT, extra: undefined });
  await native.close();
});
