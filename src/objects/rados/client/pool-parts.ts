import type { NativePool } from './native-binding.ts';
import type { AdmissionLimits } from './rados-cluster-types.ts';
import type { RunningCalls } from './running-calls.ts';
import type { SlabPool } from './slab-pool.ts';

/** What a pool is made of. */
export interface PoolParts {
  readonly name: string;
  readonly namespace: string;
  readonly native: NativePool;
  readonly calls: RunningCalls;
  readonly slabs: SlabPool;
  readonly limits: AdmissionLimits;
}
