import type { BlockRange } from '../../content/block-range.ts';
import { type HeldObject, stripedObject } from '../held-object.ts';
import type { StripeRun, VerifiedRun } from './object-reader.ts';
import type { RunningCall } from '../running-calls.ts';
import { SegmentedRuns, type SegmentedRunsParts } from './segmented-runs.ts';

/** Gives the runs of one reading, one after the other in ascending order. */
export interface RunSource {
  /**
   * Reads a run.
   * @param memory - what it may be read into, see `RunMemory`; after a failure it must not be used again
   * @throws ProvenderError as `ObjectReader.read`
   */
  read(run: StripeRun, memory: Uint8Array | undefined): Promise<VerifiedRun>;
  /** Gives everything back when what runs has ended; a read that waits fails. More than once is harmless. */
  close(): Promise<void>;
}

/** Opens the source of runs that suits an object: plain bytes come as they are, replicas are decoded by segments. */
export class RunSources {
  readonly #parts: SegmentedRunsParts;

  constructor(parts: SegmentedRunsParts) {
    this.#parts = parts;
  }

  /** @param blocks - all that will be asked for */
  open(object: HeldObject, blocks: BlockRange, call: RunningCall): RunSource {
    if (stripedObject(object).passes > 0)
      return new SegmentedRuns(object, { blocks, call, parts: this.#parts });
    const { reader } = this.#parts;
    return { read: (run, memory) => reader.read(object, run, memory), close: async () => undefined };
  }
}
