import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { createLog } from '../../src/telemetry/log.ts';

function capture() {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

test('a line is one JSON object with level, time and event', () => {
  const { log, lines, last } = capture();
  log.info({ event: 'started', port: 7411 }, 'the node is up');
  assert.equal(lines.length, 1);
  const { level, event, port, msg, time } = last();
  assert.deepEqual(
    { level, event, port, msg },
    { level: 'info', event: 'started', port: 7411, msg: 'the node is up' },
  );
  assert.equal(new Date(time).toISOString(), time);
});

test('values of secret names and private keys are masked at any depth', () => {
  const { log, lines } = capture();
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  log.info({ privateKey: 'AAAA', tls: { 'Pass-Phrase': 'BBBB', file: pem }, list: [{ token: 'CCCC' }] }, 'x');
  const line = lines[0] ?? '';
  for (const secret of ['AAAA', 'BBBB', 'CCCC', 'PRIVATE KEY']) assert.ok(!line.includes(secret), line);
});

test('bytes are told by their number only', () => {
  const { log, last } = capture();
  log.info({ request: { id: new Uint8Array(32), data: new Uint8Array(3), size: 5n } }, 'x');
  assert.deepEqual(last().request, { id: '[32 bytes]', data: '[redacted]', size: '5' });
});

test('an error keeps code, details and cause, without the bytes in them', () => {
  const { log, last } = capture();
  const cause = new Error('ENOSPC');
  log.error(
    { err: new ProvenderError('PROVENDER_OVER_QUOTA', 'full', { details: { limit: 10n }, cause }) },
    'x',
  );
  const { code, message, details, cause: told } = last().err;
  assert.deepEqual(
    { code, message, details },
    { code: 'PROVENDER_OVER_QUOTA', message: 'full', details: { limit: '10' } },
  );
  assert.equal(told.message, 'ENOSPC');
});

test('a loop of causes ends', () => {
  const { log, lines } = capture();
  const error = new Error('loop');
  error.cause = error;
  log.error({ err: error }, 'x');
  assert.equal(lines.length, 1);
});
