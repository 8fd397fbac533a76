/**
 * Middle value of a list; of an even number the mean of the two in the middle. The list is not changed.
 * @throws RangeError for an empty list
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('median of no values');
  return (lower + upper) / 2;
}

/** Whether more of a unit is good (bytes per second) or bad (CPU per chunk, memory). */
export type Better = 'higher' | 'lower';

/** One ratio, above 1 when ours is the better one. */
export function orientedRatio(ours: number, theirs: number, better: Better): number {
  return better === 'higher' ? ours / theirs : theirs / ours;
}

/**
 * Median of the ratios round by round. Noise that lasts longer than a round hits both sides of a pair and falls out.
 *
 * @param ours - one value per round
 * @param theirs - the peer's values of the same rounds, in the same order
 * @throws RangeError when the lists have different lengths or are empty
 */
export function pairwiseRatio(ours: readonly number[], theirs: readonly number[], better: Better): number {
  if (ours.length !== theirs.length) {
    throw new RangeError(`${ours.length} rounds of ours beside ${theirs.length} of the peer`);
  }
  return median(ours.map((value, round) => orientedRatio(value, theirs[round] ?? Number.NaN, better)));
}
