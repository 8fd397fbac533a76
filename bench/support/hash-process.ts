import { createHash } from 'node:crypto';
import { BLOCK_SIZE, HASH_SIZE } from '../../src/content/geometry.ts';
import type { Kernel } from '../../src/proof/kernel.ts';
import { availableKernels, kernelInfo } from '../../src/proof/kernels.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { serveCommands } from '../framework/commands.ts';
import { content } from './content.ts';
import { megabytesPerSecond } from './rate.ts';

/** Larger than the caches, so that the bytes come from memory, as received ones do. */
const DATA = content(1, 100_000_000);
const MIB = 2 ** 20;
const MESSAGE = 256 * 1024;

function kernelOf(path: string): Kernel {
  const kernel = availableKernels().find((it) => it.path === path);
  if (kernel === undefined) throw new Error(`no kernel ${path}`);
  return kernel;
}

/** Block roots of 1 MiB pieces, as they reach a worker. */
function blockRootsRate(kernel: Kernel, minMs: number): number {
  const out = new Uint8Array((MIB / BLOCK_SIZE) * HASH_SIZE);
  const pieces = Math.floor(DATA.length / MIB);
  let next = 0;
  return megabytesPerSecond(minMs, () => {
    const at = (next++ % pieces) * MIB;
    kernel.blockRoots(DATA.subarray(at, at + MIB), out);
    return MIB;
  });
}

/** Root of 100 MB that arrive in messages of 256 KiB, with the kernel that the node takes. */
function wholeRootRate(minMs: number): number {
  return megabytesPerSecond(minMs, () => {
    const tree = new TreeBuilder();
    for (let at = 0; at < DATA.length; at += MESSAGE) tree.update(DATA.subarray(at, at + MESSAGE));
    tree.finish();
    return DATA.length;
  });
}

const commands = {
  /** Kernels of this machine, the fastest first, and the one that the node takes. */
  paths: async () => ({ all: availableKernels().map(({ path }) => path), chosen: kernelInfo().path }),
  /** SHA-256 alone, out of the cache, all lanes at work: R, MB/s. */
  compress: async ({ path, minMs }: { path: string; minMs: number }) => {
    const kernel = kernelOf(path);
    return megabytesPerSecond(minMs, () => kernel.compress(MIB));
  },
  blockRoots: async ({ path, minMs }: { path: string; minMs: number }) =>
    blockRootsRate(kernelOf(path), minMs),
  wholeRoot: async ({ minMs }: { minMs: number }) => wholeRootRate(minMs),
  /** One stream of OpenSSL through node:crypto, MB/s. */
  sha256: async ({ minMs }: { minMs: number }) => {
    const hash = createHash('sha256');
    const message = DATA.subarray(0, 64 * 1024);
    return megabytesPerSecond(minMs, () => {
      hash.update(message);
      return message.length;
    });
  },
};

/** What this process can do. */
export type HashCommands = typeof commands;

serveCommands(commands);
