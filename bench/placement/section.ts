import type { BenchContext } from '../framework/benchmark.ts';
import type { Conditions, Row } from '../framework/report.ts';

/** The network of a run and what it is given to hold. */
export interface NetworkSizes {
  readonly rounds: number;
  readonly storers: number;
  /** N. */
  readonly replicas: number;
  readonly largeBytes: number;
  readonly smallBytes: number;
}

/** How much `placement` measures. */
export interface PlacementSizes {
  /** Rounds of what runs in memory. */
  readonly rounds: number;
  /** Time of one measurement in memory. */
  readonly minMs: number;
  readonly network: NetworkSizes;
}

/** A part of a round that progress tells of. */
export interface PlacementStep {
  readonly name: string;
  run(): Promise<void>;
}

/** A part of `placement`: measured round by round. */
export interface PlacementSection {
  readonly rounds: number;
  readonly conditions: Conditions;
  /** What measures each of its cases once, in order; `round` counts from 0. */
  steps(round: number): readonly PlacementStep[];
  rows(): readonly Row[];
  stop(): Promise<void>;
}

/** Starts a part and warms it up. */
export type OpenPlacementSection = (
  context: BenchContext,
  sizes: PlacementSizes,
) => Promise<PlacementSection>;
