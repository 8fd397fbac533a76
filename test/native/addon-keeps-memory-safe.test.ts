import assert from 'node:assert/strict';
import { test } from 'node:test';
import { availableKernels } from '../../src/proof/kernels.ts';
import { apartWork, passWork } from '../../src/proof/pass-work.ts';

const EDGES = 6 * 64;
const PARENTS = new Uint16Array(EDGES);
const MASKS = new Uint8Array(EDGES);
const ID = new Uint8Array(32);
const BLOCK = new Uint8Array(4096);
const TWO = new Uint8Array(8192);
const INPUTS = [BLOCK, ID, BLOCK, BLOCK, BLOCK, BLOCK, BLOCK, BLOCK];

/** Detaches the memory of an array while the addon takes the elements of another. */
function detaching(victim: Uint8Array<ArrayBuffer>, ...elements: readonly unknown[]): readonly unknown[] {
  const array = [...elements];
  Object.defineProperty(array, 0, {
    get: () => {
      structuredClone(victim.buffer, { transfer: [victim.buffer] });
      return elements[0];
    },
  });
  return array;
}

/** Parts of segments that a pass over two blocks does not have. */
function badWork(): readonly (readonly unknown[])[] {
  const work: readonly unknown[] = [1, PARENTS, MASKS, ID, [TWO], Uint32Array.of(0, 2)];
  const changed: Record<number, readonly unknown[]> = {
    0: [0, 3, 1.5e10, '1', undefined],
    1: [PARENTS.map(() => 5), PARENTS.subarray(6), MASKS, null],
    2: [MASKS.map(() => 128), MASKS.subarray(1), PARENTS],
    3: [ID.subarray(1), new Uint8Array(64), 'id'],
    4: [
      TWO,
      [],
      [TWO, TWO],
      [new Uint8Array(8191)],
      [BLOCK],
      [null],
      ['x'],
      { length: 1 },
      [new Uint8Array(0)],
      new Array(2 ** 32 - 1),
    ],
    5: [
      Uint32Array.of(0, 3),
      Uint32Array.of(1, 0),
      Uint32Array.of(0, 2 ** 32 - 1),
      Uint32Array.of(0),
      new Uint8Array(8),
      [0, 2],
    ],
  };
  const calls = Object.entries(changed).flatMap(([at, values]) =>
    values.map((value) => work.with(Number(at), value)),
  );
  const few = work.with(1, PARENTS.subarray(0, 6)).with(2, MASKS.subarray(0, 6));
  const ids = new Uint8Array(32);
  const masks = new Uint8Array(EDGES);
  return [
    ...calls,
    few,
    [],
    work.slice(0, 4),
    work.with(3, ids).with(4, detaching(ids, TWO)),
    work.with(2, masks).with(4, detaching(masks, TWO)),
  ];
}

/** Blocks apart of which something is missing. */
function badApart(): readonly (readonly unknown[])[] {
  const work: readonly unknown[] = [
    1,
    MASKS.subarray(0, 6),
    Uint32Array.of(1),
    ID,
    INPUTS,
    new Uint8Array(4096),
  ];
  const changed: Record<number, readonly unknown[]> = {
    0: [0, 3, '1'],
    1: [MASKS.subarray(0, 5), MASKS, MASKS.slice(0, 6).fill(128), PARENTS.subarray(0, 6)],
    2: [Uint32Array.of(), Uint32Array.of(1, 1), BLOCK, 1],
    3: [ID.subarray(1), new Uint8Array(64)],
    4: [
      [],
      INPUTS.slice(1),
      [...INPUTS, ID],
      ...INPUTS.map((_, i) => INPUTS.with(i, new Uint8Array(31))),
      INPUTS.map(() => 1),
    ],
    5: [new Uint8Array(4095), new Uint8Array(8192), null],
  };
  const calls = Object.entries(changed).flatMap(([at, values]) =>
    values.map((value) => work.with(Number(at), value)),
  );
  const out = new Uint8Array(4096);
  return [...calls, [], work.with(5, out).with(4, detaching(out, ...INPUTS))];
}

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
  blockNodes: [
    [new Uint8Array(4095), new Uint8Array(4064)],
    [new Uint8Array(4096), new Uint8Array(4063)],
    [new Uint8Array(4096)],
    [],
  ],
  nodeLevel: [
    [new Uint8Array(0), new Uint8Array(0)],
    [new Uint8Array(33), new Uint8Array(32)],
    [new Uint8Array(96), new Uint8Array(32)],
    [new Uint8Array(64), new Uint8Array(64)],
    [[], new Uint8Array(32)],
  ],
  drawGraph: [
    ['1', 1, new Uint16Array(12), new Uint8Array(12)],
    [1, null, new Uint16Array(12), new Uint8Array(12)],
    [1, 1, new Uint8Array(12), new Uint8Array(12)],
    [1, 1, new Uint16Array(12), new Uint16Array(12)],
    [1, 1, new Uint16Array(6), new Uint8Array(12)],
    [1, 1, new Uint16Array(7), new Uint8Array(7)],
    [1, 1, new Uint16Array(6 * 32_769), new Uint8Array(6 * 32_769)],
    [],
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

  test(`${kernel.path}: parts that a segment or a graph does not have are type errors`, () => {
    badWork().forEach((args, i) =>
      assert.throws(() => call(kernel, 'encodePass', args), TypeError, `encode ${i}`),
    );
    const outs = [new Uint8Array(8192)];
    badWork().forEach((args, i) => {
      assert.throws(() => call(kernel, 'decodePass', [...args, outs]), TypeError, `decode ${i}`);
    });
    badApart().forEach((args, i) =>
      assert.throws(() => call(kernel, 'decodeApart', args), TypeError, `apart ${i}`),
    );
  });

  test(`${kernel.path}: decoding over other bytes of the segment is a type error`, () => {
    const bytes = new Uint8Array(4 * 4096);
    const decode = (outs: readonly unknown[]) =>
      call(kernel, 'decodePass', [1, PARENTS, MASKS, ID, [bytes], Uint32Array.of(1, 3), outs]);
    for (const at of [0, 4095, 4097, 8192])
      assert.throws(() => decode([bytes.subarray(at, at + 8192)]), TypeError);
    for (const outs of [[], [TWO, TWO], [BLOCK], [null]]) assert.throws(() => decode(outs), TypeError);
    decode([bytes.subarray(4096, 3 * 4096)]);
  });

  test(`${kernel.path}: a detached array is an empty one`, () => {
    const data = new Uint8Array(4096);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    assert.throws(() => kernel.blockRoots(data, new Uint8Array(32)), TypeError);
  });

  test(`${kernel.path}: passes stay inside of segments that fill their memory exactly`, () => {
    for (const pass of [1, 2]) {
      for (const blocks of [1, 2, 3, 33]) {
        const part = { id: ID.slice(), bytes: new Uint8Array(blocks * 4096) };
        const work = passWork(pass, [part, { ...part, bytes: new Uint8Array(4096) }]);
        kernel.encodePass(...work);
        kernel.decodePass(...work, [part.bytes, new Uint8Array(4096)]);
        const apart = {
          id: ID.slice(),
          blocks,
          block: 1 % blocks,
          own: new Uint8Array(4096),
          before: new Uint8Array(32),
        };
        const parents = Array.from({ length: 6 }, () => new Uint8Array(4096));
        kernel.decodeApart(...apartWork(pass, [{ ...apart, parents }], new Uint8Array(4096)));
      }
    }
    for (let count = 1; count < 70; count++)
      kernel.nodeLevel(new Uint8Array(32 * count), new Uint8Array(32 * Math.ceil(count / 2)));
    kernel.blockNodes(new Uint8Array(4096), new Uint8Array(4064));
  });

  test(`${kernel.path}: reads and writes stay inside arrays that fill their memory exactly`, () => {
    for (const length of [1, 63, 64, 4095, 4096, 4097, 16 * 4096, 33 * 4096]) {
      const out = new Uint8Array(32 * Math.ceil(length / 4096));
      kernel.blockRoots(new Uint8Array(length), out);
    }
  });
}
