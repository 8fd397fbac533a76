import { type Judgement, toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import type { Rounds } from '../framework/rounds.ts';
import {
  CALLERS,
  CHANNELS,
  caseOf,
  JUDGED_MEMBERS,
  naive,
  p50,
  p99,
  plainWrite,
  type StoreCase,
  STORES,
} from './cases.ts';

/** @see payment-channels.md, section 16, and the price of a paid call */
const GOAL = { alone: 1.3, parallel: 3, contended: 0.7, latency: 1 } as const;
/** Times the latency of one compare-and-set that a payment may add. */
const LATENCY_FACTOR = 2.5;
const RATE = 'payments/s';

/** Rows of one run. */
class Rows {
  readonly #rounds: Rounds;

  constructor(rounds: Rounds) {
    this.#rounds = rounds;
  }

  against(name: string, peer: string, unit: string, more: Omit<Judgement, 'peer'> = {}): Row {
    const judgement = { peer: { what: peer, values: this.#rounds.get(peer) }, ...more };
    return toRow({ case: name, unit, values: this.#rounds.get(name) }, judgement);
  }

  alone(name: string, unit: string): Row {
    return toRow({ case: name, unit, values: this.#rounds.get(name) });
  }

  /** A number of channels of one store: rate against the plain sequence and against its smallest write, and latencies. */
  channels(store: StoreCase, channels: number): Row[] {
    const name = caseOf.rate(store, channels);
    const goal = store.members === JUDGED_MEMBERS ? (channels === 1 ? GOAL.alone : GOAL.parallel) : undefined;
    return [
      this.against(name, naive(name), RATE, goal === undefined ? {} : { goal }),
      this.alone(p50(name), 'ms'),
      this.alone(p99(name), 'ms'),
      this.alone(plainWrite(name), 'writes/s'),
    ];
  }

  contended(store: StoreCase): Row[] {
    const name = caseOf.contended(store);
    const one = caseOf.rate(store, 1);
    const goal = store.members === JUDGED_MEMBERS ? { goal: GOAL.contended } : {};
    return [this.against(name, one, RATE, goal), this.alone(p99(name), 'ms')];
  }

  /** Only where there are several replicas. */
  together(store: StoreCase): Row[] {
    const name = caseOf.together(store);
    if (!this.#rounds.has(name)) return [];
    return [
      this.against(name, caseOf.rate(store, 1), RATE),
      this.alone(caseOf.leastInASecond(store), 'payments'),
      this.#latency(store),
    ];
  }

  #latency(store: StoreCase): Row {
    const name = p50(caseOf.rate(store, 1));
    const write = p50(plainWrite(caseOf.rate(store, 1)));
    const limits = this.#rounds.get(write).map((ms) => LATENCY_FACTOR * ms);
    const what = `limit: ${LATENCY_FACTOR} x one compare-and-set`;
    const series = { case: `${name}, within its limit`, unit: 'ms', values: this.#rounds.get(name) };
    return toRow(series, { peer: { what, values: limits }, better: 'lower', goal: GOAL.latency });
  }
}

/** All rows, store by store. */
export function paymentRows(rounds: Rounds): readonly Row[] {
  const rows = new Rows(rounds);
  return [
    ...STORES.flatMap((store) => [
      ...CHANNELS.flatMap((channels) => rows.channels(store, channels)),
      ...rows.contended(store),
      ...rows.together(store),
    ]),
    rows.alone(caseOf.chainReads, 'reads'),
    rows.alone(caseOf.signatures, 'signatures/s'),
  ];
}

/** How the contended channel is paid from, for the conditions. */
export const CONTENTION = `${CALLERS} callers try the next payment until one of them has it`;
