import type { BenchContext } from '../framework/benchmark.ts';
import type { Conditions, Row } from '../framework/report.ts';

/** How much `placement` measures. */
export interface PlacementSizes {
  /** Rounds. */
  readonly rounds: number;
  /** Time of one measurement in memory. */
  readonly minMs: number;
}

/** A part of `placement`: measured round by round. */
export interface PlacementSection {
  readonly name: string;
  readonly conditions: Conditions;
  /** Measures each of its cases once; `round` counts from 0. */
  measure(round: number): Promise<void>;
  rows(): readonly Row[];
  stop(): Promise<void>;
}

/** Starts a part and warms it up. */
export type OpenPlacementSection = (
  context: BenchContext,
  sizes: PlacementSizes,
) => Promise<PlacementSection>;
