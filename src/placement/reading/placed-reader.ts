import { blockRange } from '../../content/block-range.ts';
import { type ObjectFacts, objectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import type { Clock } from '../clock.ts';
import type { NodeCallOptions, NodePeer } from '../ports.ts';
import type { HolderCalls } from './holder-calls.ts';
import { stripeRoots } from './holder-roots.ts';
import { HolderSpeeds } from './holder-speeds.ts';
import { HolderTeam } from './holder-team.ts';
import { PlacedData } from './placed-data.ts';
import type { ReadingEvents } from './reading-events.ts';
import { WindowBuffers } from './window-buffers.ts';
import { windowRuns } from './window-spans.ts';
import { WindowsInOrder } from './windows-in-order.ts';

/** Readings at a time; each has at most 4 windows of 4 MiB, and one or two more for each holder that races another one. */
const DEFAULT_READINGS = 16;
/** Patience with a holder until times are known: decoding the first segment takes about a second. */
const DEFAULT_HEDGE_MS = 2000;
const RETRY_MS = 1000;
const NOTHING = new Uint8Array();

/** What a reader works with. */
export interface PlacedReaderOptions {
  readonly calls: HolderCalls;
  readonly clock: Clock;
  /** Hashes what came; stays the owner's. */
  readonly hasher: TreeHasher;
  readonly events?: ReadingEvents;
  /** Readings that may be open at a time, 16 when absent. */
  readonly maxReadings?: number;
  /** Milliseconds after which a second holder is asked while nothing is known of any, 2 s when absent. */
  readonly hedgeMs?: number;
}

/** A file that was placed, and who has it. */
export interface PlacedFile {
  /** As the receipt says; its id is computed from it. */
  readonly facts: ObjectFacts;
  readonly profile: number;
  readonly holders: readonly NodePeer[];
}

/** Bytes of a placed file. */
export interface PlacedReading {
  readonly offset: number;
  readonly length: number;
  /** Exactly `length` bytes in order, each checked, in pieces of at most 256 KiB that are good until the next one is asked for. */
  readonly data: AsyncIterableIterator<Uint8Array>;
}

/**
 * Reads placed files from their holders. No byte leaves that does not fit the data root: whole stripes are folded to the stripe's root, parts of them
 * are compared block by block with roots that fold to it, and the stripes' roots fold to the data root. Who gives anything else is left for good in
 * that reading; who is slow is raced by another holder.
 *
 * A replica is decoded by segments of 128 MiB, so of encoded files each segment is one stream from one holder, and a second one where that is slow;
 * plain ones are read by windows of 4 MiB from several holders at once.
 */
export class PlacedReader {
  readonly #options: PlacedReaderOptions;
  readonly #speeds: HolderSpeeds;
  readonly #buffers = new WindowBuffers();
  #readings = 0;

  constructor(options: PlacedReaderOptions) {
    this.#options = options;
    this.#speeds = new HolderSpeeds(options.clock, options.hedgeMs ?? DEFAULT_HEDGE_MS);
  }

  /** Readings that are open, and buffers of 4 MiB that they have; for metrics and tests. */
  get inUse(): { readonly readings: number; readonly buffers: number } {
    return { readings: this.#readings, buffers: this.#buffers.lent };
  }

  /**
   * Opens a file, or a part of it, and reads its first window. Whoever does not read to the end calls `return` (as `for await` does) or aborts.
   * @throws ProvenderError `PROVENDER_RANGE` when the range leaves the file, `PROVENDER_UNAVAILABLE` when no holder is left, naming each and why,
   *   `PROVENDER_BUSY` when too many readings are open, the signal's reason
   */
  async open(
    file: PlacedFile,
    range: { readonly offset?: number; readonly length?: number },
    { signal }: NodeCallOptions = {},
  ): Promise<PlacedReading> {
    const { sizeBytes } = file.facts;
    const offset = range.offset ?? 0;
    const length = range.length ?? Math.max(0, sizeBytes - offset);
    blockRange({ size: sizeBytes, offset, length });
    this.#enter(file);
    const data = new PlacedData((stop) => this.#windows(file, { offset, length }, stop), {
      signal,
      onEnd: () => this.#readings--,
    });
    await data.begin();
    return { offset, length, data };
  }

  async #windows(
    { facts, profile, holders }: PlacedFile,
    range: { readonly offset: number; readonly length: number },
    stop: AbortSignal,
  ): Promise<WindowsInOrder> {
    const { calls, clock, hasher, events } = this.#options;
    const { sizeBytes } = facts;
    const team = new HolderTeam({ id: objectId(facts), holders, speeds: this.#speeds, events });
    const roots = range.length === 0 ? NOTHING : await stripeRoots(facts, { calls, team, clock }, stop);
    const parts = { calls, team, clock, sizeBytes, roots, hasher, buffers: this.#buffers };
    return new WindowsInOrder(parts, windowRuns(range, { sizeBytes, profile }));
  }

  #enter({ facts }: PlacedFile): void {
    const most = this.#options.maxReadings ?? DEFAULT_READINGS;
    if (this.#readings >= most) {
      throw new ProvenderError(
        'PROVENDER_BUSY',
        `file ${objectIdHex(objectId(facts))}: ${this.#readings} placed files are being read, limit ${most}; repeat soon`,
        { details: { found: this.#readings, limit: most, retryAfterMs: RETRY_MS } },
      );
    }
    this.#readings++;
  }
}
