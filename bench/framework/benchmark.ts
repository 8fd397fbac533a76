import type { CephSource } from './ceph-source.ts';
import type { Progress } from './progress.ts';
import type { Conditions, Row } from './report.ts';
import type { Workspace } from './workspace.ts';

/** What the command line says. */
export interface BenchOptions {
  /** Shorter rounds, every row. */
  readonly quick: boolean;
  /** Rounds; the benchmark's own number when absent. */
  readonly rounds?: number;
  /** Chunks of 4 KiB per round of `chunks-vs-files` and `proofs`; their own number when absent. */
  readonly chunks?: number;
  /** How long the stalled readers of `memory` are watched; its own number when absent. */
  readonly stallSeconds?: number;
}

/** What a benchmark works with. */
export interface BenchContext {
  readonly options: BenchOptions;
  readonly workspace: Workspace;
  readonly progress: Progress;
  /** Opens a cluster for those who ask. */
  readonly ceph: CephSource;
}

/** What it gives back: its rows and the conditions that are its own. */
export interface BenchOutcome {
  readonly conditions: Conditions;
  readonly rows: readonly Row[];
}

/** A benchmark by name. */
export interface Benchmark {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** It measures nothing without a Ceph cluster. */
  readonly needsCeph?: boolean;
  run(context: BenchContext): Promise<BenchOutcome>;
}
