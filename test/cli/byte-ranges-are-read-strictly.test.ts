import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseByteRange } from '../../src/cli/byte-range.ts';

test('start and end are both included, an open end goes to the end, a length may have units', () => {
  assert.deepEqual(parseByteRange('0-0'), { offset: 0, length: 1 });
  assert.deepEqual(parseByteRange('100-199'), { offset: 100, length: 100 });
  assert.deepEqual(parseByteRange('5-'), { offset: 5 });
  assert.deepEqual(parseByteRange('1KiB+2KiB'), { offset: 1024, length: 2048 });
  assert.deepEqual(parseByteRange('7+0'), { offset: 7, length: 0 });
});

test('everything else is refused', () => {
  for (const text of ['', '-', '-5', '5', '5+', '9-3', 'a-b', '1-2-3', '0x1-2', '1 - 2', '+5'])
    assert.throws(() => parseByteRange(text), { code: 'PROVENDER_INVALID' }, text);
});
