import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../src/content/kernels.ts';
import { hex, testBytes } from '../proof/reference-tree.ts';

/** The same file, loaded where nothing of Node can be asked for. */
async function loadWithoutNode(): Promise<{ readonly sha256: typeof sha256 }> {
  const original = Object.getOwnPropertyDescriptor(process, 'getBuiltinModule');
  assert.ok(original !== undefined);
  Object.defineProperty(process, 'getBuiltinModule', { ...original, value: undefined });
  try {
    return await import(new URL('../../src/content/kernels.ts?without-node', import.meta.url).href);
  } finally {
    Object.defineProperty(process, 'getBuiltinModule', original);
  }
}

test('both ways of hashing give what OpenSSL gives, for any split', async () => {
  const portable = await loadWithoutNode();
  assert.notEqual(portable.sha256, sha256);
  const bytes = testBytes(200);
  for (let length = 0; length <= bytes.length; length++) {
    const whole = bytes.subarray(0, length);
    const expected = createHash('sha256').update(whole).digest('hex');
    const parts = [
      whole.subarray(0, length >> 2),
      whole.subarray(length >> 2, length >> 1),
      whole.subarray(length >> 1),
    ];
    for (const hash of [sha256, portable.sha256]) {
      assert.equal(hex(hash(whole)), expected);
      assert.equal(hex(hash(...parts)), expected);
    }
  }
  for (const hash of [sha256, portable.sha256]) {
    assert.equal(hex(hash()), createHash('sha256').digest('hex'));
    const first = hash(bytes);
    first.fill(0);
    assert.notEqual(hex(hash(bytes)), hex(first), 'the answer is the own of the caller');
  }
});
