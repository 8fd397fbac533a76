/** When a call ran, by one clock, and how it ended. A `maybe` had no answer: it takes effect at any time from its start on, or never. */
export interface HistoryCall {
  readonly fromMs: number;
  readonly toMs: number;
  readonly end: 'done' | 'maybe' | 'failed';
}

/** Whether one call was over before the other began. */
export function isBefore(one: HistoryCall, other: HistoryCall): boolean {
  return one.toMs < other.fromMs;
}
