import type { BenchContext } from '../framework/benchmark.ts';
import type { Conditions, Row } from '../framework/report.ts';

/** How much `proofs` measures. */
export interface ProofSizes {
  /** Rounds. */
  readonly rounds: number;
  /** Time of one measurement in memory. */
  readonly minMs: number;
  /** Blocks of an object of the kernels' rows. */
  readonly kernelBlocks: number;
  /** Blocks of an object of the workers' rows. */
  readonly workerBlocks: number;
  /** Blocks of the large object of the proofs' and the service's rows: about 100 MB in a full run. */
  readonly fileBlocks: number;
  /** Chunks of the service's rows. */
  readonly chunks: number;
}

/** A part of `proofs`: measured round by round beside the others. */
export interface Section {
  readonly name: string;
  readonly conditions: Conditions;
  /** Measures each of its cases once; `round` counts from 0. */
  measure(round: number): Promise<void>;
  rows(): readonly Row[];
  stop(): Promise<void>;
}

/** Starts a part and warms it up. */
export type OpenSection = (context: BenchContext, sizes: ProofSizes) => Promise<Section>;
