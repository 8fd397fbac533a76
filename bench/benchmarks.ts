import type { Benchmark } from './framework/benchmark.ts';
import { merkle } from './merkle.ts';

/** All benchmarks in the order in which `all` runs them. */
export const benchmarks: readonly Benchmark[] = [merkle];
