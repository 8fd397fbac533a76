import assert from 'node:assert/strict';
import { test } from 'node:test';
import { availableKernels } from '../../src/proof/kernels.ts';

/** Calls that kernels.ts never lets through; the addon must not read or write outside of the arrays all the same. */
const HOSTILE: Record<string, readonly (readonly unknown[])[]> = {
  blockRoots: [
    [],
    [new Uint8Array(4096)],
    [new Uint8Array(0), new Uint8Array(0)],
    [new Uint8Array(0), new Uint8Array(32)],
    [new Uint8Array(4096), new Uint8Array(31)],
    [new Uint8Array(4097), new Uint8Array(32)],
    [new Uint16Array(4096), new Uint8Array(64)],
    [new Float64Array(512), new Uint8Array(32)],
    [new DataView(new ArrayBuffer(4096)), new Uint8Array(32)],
    [new ArrayBuffer(4096), new Uint8Array(32)],
    ['x'.repeat(4096), new Uint8Array(32)],
    [{ length: 4096 }, new Uint8Array(32)],
    [null, undefined],
  ],
  foldRoots: [
    [new Uint8Array(0), new Uint8Array(32)],
    [new Uint8Array(33), new Uint8Array(32)],
    [new Uint8Array(64), new Uint8Array(31)],
    [[], new Uint8Array(32)],
  ],
  chunkIds: [
    [new Uint8Array(32), new Uint16Array(2), new Uint8Array(32)],
    [new Uint8Array(32), new Uint16Array(1), new Uint8Array(31)],
    [new Uint8Array(32), new Uint8Array(1), new Uint8Array(32)],
    [new Uint8Array(32), [1], new Uint8Array(32)],
  ],
  sha256: [
    [new Uint8Array(1), new Uint8Array(31)],
    [1, 2],
  ],
  compress: [[-1], ['1'], []],
};

/** Calls `method` as untyped JavaScript would. */
function call(kernel: object, method: string, args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(kernel, method), kernel, args);
}

for (const kernel of availableKernels().filter(({ path }) => path !== 'typescript')) {
  test(`${kernel.path}: wrong types and sizes are type errors`, () => {
    for (const [method, calls] of Object.entries(HOSTILE)) {
      for (const args of calls) assert.throws(() => call(kernel, method, args), TypeError, method);
    }
  });

  test(`${kernel.path}: a detached array is an empty one`, () => {
    const data = new Uint8Array(4096);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    assert.throws(() => kernel.blockRoots(data, new Uint8Array(32)), TypeError);
  });

  test(`${kernel.path}: reads and writes stay inside arrays that fill their memory exactly`, () => {
    for (const length of [1, 63, 64, 4095, 4096, 4097, 16 * 4096, 33 * 4096]) {
      const out = new Uint8Array(32 * Math.ceil(length / 4096));
      kernel.blockRoots(new Uint8Array(length), out);
    }
  });
}
