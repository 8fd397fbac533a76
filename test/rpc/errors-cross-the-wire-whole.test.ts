import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ServiceError, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { ERROR_CODES, type ErrorCode, isErrorCode } from '../../src/content/error-codes.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { fromStatus, MAX_STATUS_TEXT, TRAILERS, toStatus } from '../../src/rpc/error-map.ts';
import { openRpcNode } from '../support/rpc-node.ts';

/** The table of spec/grpc.md, section 6, written down once more. */
const TABLE: Record<Exclude<ErrorCode, 'PROVENDER_NONCE'>, string> = {
  PROVENDER_INVALID: 'INVALID_ARGUMENT',
  PROVENDER_RANGE: 'OUT_OF_RANGE',
  PROVENDER_NOT_FOUND: 'NOT_FOUND',
  PROVENDER_EXISTS: 'ALREADY_EXISTS',
  PROVENDER_CONFLICT: 'ABORTED',
  PROVENDER_CORRUPT: 'DATA_LOSS',
  PROVENDER_OVER_QUOTA: 'RESOURCE_EXHAUSTED',
  PROVENDER_BUSY: 'RESOURCE_EXHAUSTED',
  PROVENDER_UNAVAILABLE: 'UNAVAILABLE',
  PROVENDER_CLOSED: 'UNAVAILABLE',
  PROVENDER_TIMEOUT: 'DEADLINE_EXCEEDED',
  PROVENDER_AMBIGUOUS: 'UNKNOWN',
  PROVENDER_CANCELLED: 'CANCELLED',
  PROVENDER_UNSUPPORTED: 'UNIMPLEMENTED',
  PROVENDER_DENIED: 'PERMISSION_DENIED',
  PROVENDER_UNPAID: 'UNAUTHENTICATED',
  PROVENDER_CHANNEL_BUSY: 'FAILED_PRECONDITION',
  PROVENDER_CHANNEL: 'INTERNAL',
  PROVENDER_PAYMENT_UNKNOWN: 'UNAVAILABLE',
  PROVENDER_NATIVE_MISSING: 'FAILED_PRECONDITION',
  PROVENDER_CONFIG: 'FAILED_PRECONDITION',
  PROVENDER_INTERNAL: 'INTERNAL',
};
const CODES = Object.keys(ERROR_CODES).filter(isErrorCode);

/** What a client of grpc-js gets for a status. */
function received(sent: ReturnType<typeof toStatus>): ServiceError {
  return Object.assign(new Error(sent.details), sent);
}

const detail = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'f'), minLength: 64, maxLength: 64 }),
  fc.string().filter((text) => !/^-?\d+$/.test(text)),
);
const details = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
  detail,
  { maxKeys: 6 },
);

test('each code has the status of the table', () => {
  for (const code of CODES) {
    const sent = toStatus(new ProvenderError(code, 'x')).code;
    // gRPC has no name for it; clients of payment channels know the number
    if (code === 'PROVENDER_NONCE') assert.equal(sent, 1000);
    else assert.equal(status[sent], TABLE[code], code);
  }
});

test('each code comes back with its text, its details and whether to repeat it', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/\s+/g, ' ').trim());
  fc.assert(
    fc.property(fc.constantFrom(...CODES), line, details, (code, message, facts) => {
      const sent = new ProvenderError(code, message, { details: facts });
      const got = fromStatus(received(toStatus(sent, 'f00d')));
      const isInternal = code === 'PROVENDER_INTERNAL';
      assert.equal(got.code, code);
      assert.equal(got.retryable, sent.retryable);
      assert.equal(got.message, isInternal ? 'internal error' : message);
      assert.deepEqual({ ...got.details }, { ...(isInternal ? {} : facts), logId: 'f00d' });
    }),
  );
});

test('a status text is one well-formed line of at most 1 KiB, whatever the error says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }), (message) => {
      const { details: text, metadata } = toStatus(
        new ProvenderError('PROVENDER_INVALID', `${message}\ud800\n`),
      );
      assert.ok(Buffer.byteLength(text) <= MAX_STATUS_TEXT);
      assert.doesNotMatch(text, /[\r\n]/);
      assert.doesNotThrow(() => encodeURI(text));
      assert.deepEqual(metadata.get(TRAILERS.retryable), ['false']);
    }),
  );
});

test('a status without our trailers still has a code', () => {
  for (const name of Object.values(TABLE)) {
    const bare = received({ ...toStatus(new ProvenderError('PROVENDER_INVALID', 'x')), details: 'bare' });
    bare.metadata.remove(TRAILERS.details);
    bare.code = status[name as keyof typeof status];
    assert.ok(isErrorCode(fromStatus(bare).code));
    assert.equal(fromStatus(bare).cause, bare);
  }
});

test('what went wrong inside stays in the log, under the id that the caller gets', async () => {
  await using node = await openRpcNode();
  node.shares.gate = async () => {
    throw new TypeError('secret path /var/lib/x');
  };
  const error: unknown = await node.client.setShare(Uint8Array.of(1)).catch((found: unknown) => found);
  assert.ok(error instanceof ProvenderError);
  assert.equal(error.code, 'PROVENDER_INTERNAL');
  assert.equal(error.message, 'internal error');
  const line = node.logged.find((text) => text.includes(String(error.details['logId'])));
  assert.ok(line !== undefined);
  assert.match(line, /secret path/);
  assert.match(line, /"level":"error"/);
});

test('each code of the service reaches the caller of a unary call, an upload and a download', async () => {
  await using node = await openRpcNode();
  const { client } = node;
  const { stat } = await client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)]);
  for (const code of CODES.filter((known) => known !== 'PROVENDER_INTERNAL')) {
    node.shares.gate = async () => {
      throw new ProvenderError(code, `about ${code}`, { details: { limit: 5 } });
    };
    const expected = { code, message: `about ${code}`, details: { limit: 5 } };
    await assert.rejects(client.removeFile(stat.id), expected);
    await assert.rejects(client.setFile({ sizeBytes: 1 }, [Uint8Array.of(1)]), expected);
    await assert.rejects(client.getFile(stat.id, {}, { timeoutMs: 1 }), expected);
  }
});
