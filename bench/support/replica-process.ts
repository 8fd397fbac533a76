import { BLOCK_SIZE, HASH_SIZE } from '../../src/content/geometry.ts';
import type { Kernel } from '../../src/proof/kernel.ts';
import {
  type ApartBlock,
  availableKernels,
  blockRoots,
  decodeApart,
  decodePass,
  encodePass,
  kernelInfo,
} from '../../src/proof/kernels.ts';
import { neighbours } from '../../src/proof/read-set.ts';
import type { SegmentBytes } from '../../src/proof/replica.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { MB, perCoreSecond } from './rate.ts';

/** Most segments that are encoded side by side. */
const LANES = 4;
const WORD = 32;
const MIB = 2 ** 20;
/** Paths with one chain of hashes, the fastest first. */
const ONE_CHAIN = ['shani1', 'portable', 'typescript'];

let segments: readonly SegmentBytes[] = [];

/** MB/s of SHA-256 alone, measured right before and behind what it is compared with. */
export interface Bandwidth {
  /** One hash after the other. */
  readonly one: number;
  /** The path with the most, whatever its lanes. */
  readonly many: number;
}

/** A rate and the bandwidth of the same moment. */
export interface Beside extends Bandwidth {
  readonly value: number;
}

const kernels = availableKernels();
const native = kernels.filter(({ path }) => path !== 'typescript');
const oneChain = kernels.find(({ path }) => ONE_CHAIN.includes(path));
const manyLanes = native.length === 0 ? kernels : native;

function rateOf(kernel: Kernel | undefined, minMs: number): number {
  return kernel === undefined ? 0 : perCoreSecond(minMs, () => kernel.compress(MIB) / MB);
}

function bandwidth(minMs: number): Bandwidth {
  return {
    one: rateOf(oneChain, minMs),
    many: Math.max(...manyLanes.map((kernel) => rateOf(kernel, minMs))),
  };
}

/** Runs `work` between two looks at the bandwidth, whose mean is what it could have had. */
function beside(minMs: number, work: () => number): Beside {
  const before = bandwidth(minMs);
  const value = work();
  const after = bandwidth(minMs);
  return { value, one: (before.one + after.one) / 2, many: (before.many + after.many) / 2 };
}

/** Passes over the first `count` segments, in the order of encoding; content in MB/s. */
function rateOfPasses(passes: readonly number[], count: number, run: (pass: number) => void): number {
  const bytes = segments.slice(0, count).reduce((sum, segment) => sum + segment.bytes.length, 0);
  return perCoreSecond(0, () => {
    for (const pass of passes) run(pass);
    return bytes / MB;
  });
}

function upTo(passes: number): number[] {
  return Array.from({ length: passes }, (_, i) => i + 1);
}

/** A block of a replica with one pass and what it is decoded from. */
function apartBlock({ id, bytes }: SegmentBytes, block: number): ApartBlock {
  const blocks = bytes.length / BLOCK_SIZE;
  const { before, parents } = neighbours(1, blocks, block);
  const blockAt = (number: number): Uint8Array =>
    bytes.subarray(number * BLOCK_SIZE, (number + 1) * BLOCK_SIZE);
  const label =
    before === undefined
      ? new Uint8Array(WORD)
      : blockAt(before.block).subarray(before.word * WORD, (before.word + 1) * WORD);
  return { id, blocks, block, own: blockAt(block), before: label, parents: parents.map(blockAt) };
}

const commands = {
  /** The path that the node takes, and those that the bandwidth is measured with. */
  paths: async () => ({
    chosen: kernelInfo().path,
    isNative: kernelInfo().native,
    one: oneChain?.path ?? '',
    many: manyLanes.map(({ path }) => path),
  }),
  /** Makes segments of `blocks` blocks and runs each kernel once: graphs are built, pages are there. */
  prepare: async ({ blocks }: { blocks: number }) => {
    segments = Array.from({ length: LANES }, (_, i) => ({
      id: content(100 + i, HASH_SIZE),
      bytes: content(i, blocks * BLOCK_SIZE),
    }));
    for (const pass of upTo(2)) encodePass(pass, segments);
  },
  bandwidth: async ({ minMs }: { minMs: number }) => bandwidth(minMs),
  /** `lanes` objects side by side. */
  encode: async ({ passes, lanes, minMs }: { passes: number; lanes: number; minMs: number }) =>
    beside(minMs, () =>
      rateOfPasses(upTo(passes), lanes, (pass) => encodePass(pass, segments.slice(0, lanes))),
    ),
  /** One object, whose words fill the lanes. */
  decode: async ({ passes, minMs }: { passes: number; minMs: number }) =>
    beside(minMs, () =>
      rateOfPasses(upTo(passes).toReversed(), 1, (pass) => decodePass(pass, segments.slice(0, 1))),
    ),
  tree: async ({ minMs }: { minMs: number }) =>
    beside(minMs, () => {
      const data = segments[0]?.bytes ?? new Uint8Array(BLOCK_SIZE);
      const roots = new Uint8Array((data.length / BLOCK_SIZE) * HASH_SIZE);
      return perCoreSecond(minMs, () => {
        blockRoots(data, roots);
        return data.length / MB;
      });
    }),
  /** Random blocks of a replica with one pass, each decoded alone: us. */
  randomRead: async ({ minMs }: { minMs: number }) =>
    beside(minMs, () => {
      const [segment] = segments;
      if (segment === undefined) throw new Error('prepare first');
      const out = new Uint8Array(BLOCK_SIZE);
      const blocks = segment.bytes.length / BLOCK_SIZE;
      const perSecond = perCoreSecond(minMs, () => {
        decodeApart(1, [apartBlock(segment, Math.floor(Math.random() * blocks))], out);
        return 1;
      });
      return 1e6 / perSecond;
    }),
};

/** What this process can do. */
export type ReplicaCommands = typeof commands;

serveCommands(commands);
