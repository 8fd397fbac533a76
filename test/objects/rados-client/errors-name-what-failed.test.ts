import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { isProvenderError, type ProvenderError } from '../../../src/content/provender-error.ts';
import { errnoFacts } from '../../../src/objects/rados/client/errno.ts';
import { isRadosError } from '../../../src/objects/rados/client/rados-error.ts';
import { openRadosOnFake, watch } from '../../support/rados-on-fake.ts';

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const settled = await watch(promise).outcome;
  assert.equal(settled.status, 'rejected');
  return settled.reason;
}

function assertProvender(error: unknown, code: ProvenderError['code']): asserts error is ProvenderError {
  assert.ok(isProvenderError(error, code), String(error));
}

test('an error of librados looks like a system error, and its stack names the caller', async () => {
  const { rados, pool } = await openRadosOnFake();
  async function theCaller(): Promise<void> {
    await pool.read('the/key', { into: new Uint8Array(4) });
  }
  const failed = errorOf(theCaller());
  rados.answerAll(-2);
  const error = await failed;
  assert.ok(isRadosError(error, 'ENOENT'));
  const { code, errno, syscall, key, pool: name } = error;
  assert.deepEqual(
    { code, errno, syscall, key, name },
    { code: 'ENOENT', errno: -2, syscall: 'rados_aio_read', key: 'the/key', name: 'p' },
  );
  assert.match(error.message, /ENOENT: no such file or directory, rados_aio_read 'the\/key' in pool 'p'/);
  assert.match(error.stack ?? '', /theCaller/);
});

test('failed guards, taken names and a blocklisted client stay errors of librados', async () => {
  const { rados, pool } = await openRadosOnFake();
  const expected = { ECANCELED: -125, EEXIST: -17, ESHUTDOWN: -108, EPERM: -1, EIO: -5 };
  for (const [code, rc] of Object.entries(expected)) {
    const failed = errorOf(pool.change('k', [{ do: 'create', exclusive: true }]));
    rados.answerAll(rc);
    assert.ok(isRadosError(await failed, code), code);
  }
});

test('no room is PROVENDER_OVER_QUOTA with its cause', async () => {
  const { rados, pool } = await openRadosOnFake();
  for (const [rc, code] of [
    [-28, 'ENOSPC'],
    [-122, 'EDQUOT'],
  ] as const) {
    const failed = errorOf(pool.writeFull('k', new Uint8Array(1)));
    rados.answerAll(rc);
    const error = await failed;
    assertProvender(error, 'PROVENDER_OVER_QUOTA');
    assert.ok(isRadosError(error.cause, code));
    assert.deepEqual(error.details, { syscall: 'rados_aio_write_full', key: 'k', pool: 'p' });
  }
});

test('a write without an answer says that it may still be applied', async () => {
  const { rados, pool } = await openRadosOnFake();
  const failed = errorOf(pool.writeFull('k', new Uint8Array(1)));
  rados.answerAll(-110);
  const error = await failed;
  assertProvender(error, 'PROVENDER_AMBIGUOUS');
  assert.ok(isRadosError(error.cause, 'ETIMEDOUT'));
  assert.match(error.message, /'k' in pool 'p'.*may still be applied/);
  assert.equal(error.retryable, false);
});

test('a cancelled call carries the reason of its signal', async () => {
  const { rados, pool } = await openRadosOnFake();
  const reason = new Error('the session ended');
  const abort = new AbortController();
  const failed = errorOf(pool.stat('k', { signal: abort.signal }));
  abort.abort(reason);
  const error = await failed;
  assertProvender(error, 'PROVENDER_CANCELLED');
  assert.equal(error.cause, reason);
  rados.answerAll();
});

test('rare calls name their pool; a monitor command what the monitor said', async () => {
  const { connection } = await openRadosOnFake();
  const missing = await errorOf(connection.pool('missing'));
  assert.ok(isRadosError(missing, 'ENOENT'));
  assert.equal(missing.pool, 'missing');
  assert.deepEqual(await connection.monCommand({ prefix: 'df' }), { format: 'json', prefix: 'df' });
  const refused = await errorOf(connection.monCommand({ prefix: 'unknown' }));
  assert.ok(isRadosError(refused, 'EINVAL'));
  assert.match(refused.message, /command not known/);
});

test('every errno of this system has its own name, and others their number', () => {
  const known = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));
  for (const value of known.keys()) {
    const { code } = errnoFacts(-value);
    // some numbers have two names: EAGAIN is EWOULDBLOCK
    assert.equal(Object.entries(constants.errno).find(([name]) => name === code)?.[1], value);
  }
  assert.equal(errnoFacts(-999).code, 'E999');
  assert.deepEqual(errnoFacts(-4095 - 17), { code: 'EMISMATCH', text: 'bytes differ at offset 17' });
});
