import type { Clock } from '../clock.ts';

/** Peers that are remembered; the oldest go first. */
const MOST_PEERS = 4096;

interface Offender {
  readonly count: number;
  readonly untilMs: number;
}

/** Peers that sent bad proofs of the lottery, which are dear to check. @see storer-selection.md, section 6, "claim flooding" */
export class BadPeers {
  readonly #clock: Clock;
  readonly #limits: { readonly badProofs: number; readonly blockMs: number };
  readonly #offenders = new Map<string, Offender>();

  constructor(clock: Clock, limits: { readonly badProofs: number; readonly blockMs: number }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts a bad proof. It is forgotten after the time for which a peer is blocked. */
  add(peer: string): void {
    const count = (this.#found(peer)?.count ?? 0) + 1;
    this.#offenders.delete(peer);
    this.#offenders.set(peer, { count, untilMs: this.#clock.now() + this.#limits.blockMs });
    const [oldest] = this.#offenders.keys();
    if (this.#offenders.size > MOST_PEERS && oldest !== undefined) this.#offenders.delete(oldest);
  }

  isBlocked(peer: string): boolean {
    return (this.#found(peer)?.count ?? 0) >= this.#limits.badProofs;
  }

  #found(peer: string): Offender | undefined {
    const offender = this.#offenders.get(peer);
    if (offender === undefined || offender.untilMs > this.#clock.now()) return offender;
    this.#offenders.delete(peer);
    return undefined;
  }
}
