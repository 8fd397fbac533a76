import { objectIdHex } from '../../content/object-id.ts';
import { PLACEMENT_REASONS } from '../../placement/reasons.ts';
import type { StorerExplanation } from '../../placement/storer/explanation.ts';

/** What `--json` tells of what a storer did. Numbers of the lottery in hex. */
export function storerFields(explanation: StorerExplanation): Record<string, unknown> {
  const { id, round, weight, totalWeight, lottery, ...others } = explanation;
  return {
    id: objectIdHex(id),
    ...others,
    round: Number(round),
    weight: Number(weight),
    totalWeight: Number(totalWeight),
    ...(lottery !== undefined && {
      lottery: {
        draw: lottery.draw.toString(16),
        threshold: lottery.threshold.toString(16),
        selected: lottery.selected,
      },
    }),
  };
}

/** The same for people, in lines. */
export function storerText(explanation: StorerExplanation): string[] {
  const { id, round, attempt, stage, weight, totalWeight, lottery, reason, changedUnixMs } = explanation;
  const when = new Date(changedUnixMs).toISOString();
  return [
    `this storer and ${objectIdHex(id)}: ${stage} at ${when}, round ${round}, attempt ${attempt + 1} of 4`,
    `  weight ${weight} of ${totalWeight}`,
    ...(lottery === undefined
      ? []
      : [`  drew ${ratio(lottery)} of the threshold: ${lottery.selected ? 'selected' : 'not selected'}`]),
    ...(reason === undefined ? [] : [`  ${reason}: ${PLACEMENT_REASONS[reason]}`]),
  ];
}

/** The draw as a share of what wins, for people. */
function ratio({ draw, threshold }: NonNullable<StorerExplanation['lottery']>): string {
  if (threshold === 0n) return 'beyond all';
  return `${Number((draw * 1_000_000n) / threshold) / 1_000_000}`;
}
