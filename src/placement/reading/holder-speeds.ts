import { bytesToHex } from '@noble/hashes/utils.js';
import type { Clock } from '../clock.ts';
import type { NodePeer } from '../ports.ts';

/** Holders that are remembered. */
const REMEMBERED = 4096;
/** Times of which the median is taken. */
const RECENT = 32;
/** Part of a new time in what is known of a holder. */
const NEW_PART = 0.3;
/** A second holder is asked after so many times what it takes usually. */
const PATIENCE = 4;
/** Not sooner, in milliseconds: the second holder has to read a segment first, which costs it about as much. */
const LEAST_DELAY_MS = 250;
/** Other readings ask a holder that failed in one of them last, for so long. */
const AVOID_MS = 60_000;

/** What a holder is timed in: before the only window of a call it reads little, before the first one of many a whole segment, before others nothing. */
export type Step = 'only' | 'first' | 'later' | 'roots';

/** What is known of one holder. */
interface Known {
  /** Milliseconds until the first window. */
  firstMs: number | undefined;
  /** Streams that it serves us now. */
  active: number;
  /** It failed; others are asked before it until then. */
  avoidedUntilMs: number;
}

/** How fast holders were, over all readings of a node. */
export class HolderSpeeds {
  readonly #known = new Map<string, Known>();
  readonly #recent: Record<Step, number[]> = { only: [], first: [], later: [], roots: [] };
  readonly #clock: Clock;
  readonly #unknownDelayMs: number;

  /** @param unknownDelayMs - patience until something is known */
  constructor(clock: Clock, unknownDelayMs: number) {
    this.#clock = clock;
    this.#unknownDelayMs = unknownDelayMs;
  }

  /** Counts a step that took `ms`. */
  took(holder: NodePeer, step: Step, ms: number): void {
    const recent = this.#recent[step];
    recent.push(ms);
    if (recent.length > RECENT) recent.shift();
    if (step === 'only' || step === 'first') this.#weigh(holder, ms);
  }

  /** Counts a holder that has not answered for `ms`: another one was faster. */
  lost(holder: NodePeer, ms: number): void {
    this.#weigh(holder, ms);
  }

  /** Counts a failure: for a minute others are asked before it. */
  failed(holder: NodePeer): void {
    this.#of(holder).avoidedUntilMs = this.#clock.now() + AVOID_MS;
  }

  /** Milliseconds after which another holder is asked for the same. */
  hedgeMs(step: Step): number {
    const sorted = this.#recent[step].toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    return median === undefined ? this.#unknownDelayMs : Math.max(LEAST_DELAY_MS, PATIENCE * median);
  }

  /** The holder that is likely to answer first; of equal ones the first. */
  fastest(holders: readonly NodePeer[]): NodePeer | undefined {
    const now = this.#clock.now();
    const good = holders.filter((holder) => this.#of(holder).avoidedUntilMs <= now);
    return this.#cheapest(good.length > 0 ? good : holders);
  }

  /** Counts a stream until the answer is called. */
  begin(holder: NodePeer): () => void {
    const known = this.#of(holder);
    known.active++;
    let isActive = true;
    return () => {
      if (isActive) known.active--;
      isActive = false;
    };
  }

  #cheapest(holders: readonly NodePeer[]): NodePeer | undefined {
    const times = holders.map((holder) => this.#of(holder).firstMs).filter((ms) => ms !== undefined);
    const best = Math.min(...times, 1e9);
    let found: { holder: NodePeer; cost: number } | undefined;
    for (const holder of holders) {
      const { firstMs = best, active } = this.#of(holder);
      const cost = (firstMs + 1) * (active + 1); // whoever is unknown may be as fast as the best
      if (found === undefined || cost < found.cost) found = { holder, cost };
    }
    return found?.holder;
  }

  #weigh(holder: NodePeer, ms: number): void {
    const known = this.#of(holder);
    known.firstMs = known.firstMs === undefined ? ms : known.firstMs * (1 - NEW_PART) + ms * NEW_PART;
  }

  #of(holder: NodePeer): Known {
    const key = bytesToHex(holder.storerKey);
    const known = this.#known.get(key) ?? { firstMs: undefined, active: 0, avoidedUntilMs: -Infinity };
    if (this.#known.size >= REMEMBERED && !this.#known.has(key)) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(key, known);
    return known;
  }
}
