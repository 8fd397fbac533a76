import assert from 'node:assert/strict';
import { test } from 'node:test';
import { availableKernels } from '../../src/proof/kernels.ts';
import { hex, sha256, testBytes } from '../proof/reference-tree.ts';

// FIPS 180-4, examples of SHA-256 (one block, two blocks, a million letters)
const EXAMPLES = [
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
] as const;

for (const kernel of availableKernels()) {
  test(`${kernel.path}: the examples of FIPS 180-4`, () => {
    for (const [message, digest] of EXAMPLES) {
      const out = new Uint8Array(32);
      kernel.sha256(Buffer.from(message), out);
      assert.equal(hex(out), digest);
    }
  });

  test(`${kernel.path}: every length from 0 to 1024 and random ones equal OpenSSL`, () => {
    const bytes = testBytes(100_001, 11);
    const lengths = [...Array.from({ length: 1025 }, (_, i) => i), 4095, 4096, 65_537, 99_999];
    const out = new Uint8Array(32);
    for (const length of lengths) {
      const message = bytes.subarray(length % 2, (length % 2) + length);
      kernel.sha256(message, out);
      assert.equal(hex(out), hex(sha256(message)), `${length} bytes`);
    }
  });
}
