import { chunksVsFiles } from './chunks-vs-files.ts';
import type { Benchmark } from './framework/benchmark.ts';
import { grpc } from './grpc.ts';
import { memory } from './memory.ts';
import { merkle } from './merkle.ts';
import { payments } from './payments.ts';
import { placement } from './placement.ts';
import { proofs } from './proofs.ts';
import { rados } from './rados.ts';

/** All benchmarks in the order in which `all` runs them. */
export const benchmarks: readonly Benchmark[] = [
  merkle,
  proofs,
  placement,
  payments,
  grpc,
  rados,
  chunksVsFiles,
  memory,
];
