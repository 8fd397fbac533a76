import type { Row } from './report.ts';
import { type Better, median, pairwiseRatio } from './statistics.ts';

/** A case with its values, one per round. */
export interface Series {
  readonly case: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** What a series is measured against: values of the same rounds. */
export interface Peer {
  readonly what: string;
  readonly values: readonly number[];
}

/** How a series is judged. */
export interface Judgement {
  readonly peer: Peer;
  /** The ratio that is asked for; absent when nobody asks. */
  readonly goal?: number;
  /** `higher` when absent. */
  readonly better?: Better;
}

/** Makes a row of a series: medians, and the pairwise ratio when there is a peer. */
export function toRow(series: Series, judgement?: Judgement): Row {
  const bare = { case: series.case, value: median(series.values), unit: series.unit };
  if (judgement === undefined) return bare;
  const { peer, goal, better = 'higher' } = judgement;
  const judged = {
    ...bare,
    reference: { what: peer.what, value: median(peer.values) },
    ratio: pairwiseRatio(series.values, peer.values, better),
  };
  return goal === undefined ? judged : { ...judged, goal };
}
