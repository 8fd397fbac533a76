import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, formatSize, parseAddress, parseDuration, parseSize } from '../../src/node/units.ts';

test('sizes are bytes, or a number with a decimal or binary unit in any case', () => {
  for (const [text, bytes] of [
    ['0', 0],
    ['4096', 4096],
    ['1KB', 1000],
    ['1kib', 1024],
    ['1.5 GiB', 1_610_612_736],
    ['2TB', 2e12],
  ] as const)
    assert.equal(parseSize(text), bytes, text);
});

test('what is no size is refused', () => {
  for (const text of ['', 'GiB', '-1', '1e9', '1XB', '0x10', '1.2.3MB', '9999999TiB'])
    assert.throws(() => parseSize(text), { code: 'PROVENDER_INVALID' }, text);
});

test('time spans need their unit', () => {
  for (const [text, ms] of [
    ['0s', 0],
    ['250ms', 250],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ] as const)
    assert.equal(parseDuration(text), ms, text);
  for (const text of ['', '5', '-1s', '1d', 's'])
    assert.throws(() => parseDuration(text), { code: 'PROVENDER_INVALID' }, text);
});

test('addresses are host:port, IPv6 in brackets, and are written the same way', () => {
  for (const text of ['127.0.0.1:7411', '[::1]:0', 'node-0.storage:65535'])
    assert.equal(formatAddress(parseAddress(text)), text);
  for (const text of ['', ':1', 'host', '::1:7411', 'host:', 'host:65536', 'host:1:2', 'http://host:1'])
    assert.throws(() => parseAddress(text), { code: 'PROVENDER_INVALID' }, text);
});

test('sizes are shown in binary units', () => {
  assert.deepEqual([0, 4096, 1_610_612_736, 5 * 2 ** 50].map(formatSize), [
    '0 B',
    '4 KiB',
    '1.5 GiB',
    '5120 TiB',
  ]);
});
