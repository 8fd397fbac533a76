import { bytesToHex } from '@noble/hashes/utils.js';
import { objectIdHex } from '../../content/object-id.ts';
import { formatSize } from '../../node/units.ts';
import type { ExplainedStorer, Explanation } from '../../placement/primary/explanation.ts';
import { PLACEMENT_REASONS } from '../../placement/reasons.ts';
import { profileName } from '../../proof/profile.ts';

/** What `--json` tells of a placement. Bytes in hex. */
export function explanationFields(explanation: Explanation): Record<string, unknown> {
  const { id, profile, announced, round, tauNumerator, totalWeight, storers, ...others } = explanation;
  return {
    id: objectIdHex(id),
    profile: profileName(profile),
    ...others,
    ...(announced !== undefined && { announced: Number(announced) }),
    ...(round !== undefined && { round: Number(round) }),
    tau: Number(tauNumerator) / 1000,
    ...(totalWeight !== undefined && { totalWeight: Number(totalWeight) }),
    storers: storers.map(({ storerKey, weight, ...rest }) => ({
      storer: bytesToHex(storerKey),
      weight: Number(weight),
      ...rest,
    })),
  };
}

/** The same for people, in lines. */
export function explanationText(explanation: Explanation): string[] {
  const { id, state, sizeBytes, replicas, round, attempt, tauNumerator, storers } = explanation;
  const { totalWeight, registered, failure, tookMs } = explanation;
  const took = tookMs === undefined ? '' : ` after ${(tookMs / 1000).toFixed(2)} s`;
  const tau = Number(tauNumerator * 2n ** BigInt(attempt)) / 1000;
  const among = registered === undefined ? '' : ` of ${registered} with weight ${totalWeight ?? 0n} in sum`;
  return [
    `${objectIdHex(id)}  ${formatSize(sizeBytes)}, ${replicas} replicas in ${profileName(explanation.profile)}`,
    `${state}${took}: ${round === undefined ? 'not announced yet' : `round ${round}`}, attempt ${attempt + 1} of 4, ${tau} storers drawn on average${among}`,
    ...(failure === undefined ? [] : [`failed: ${failure.code}: ${failure.message}`]),
    ...storers.map(storerLine),
  ];
}

function storerLine({ storerKey, weight, attempt, state, rank, reason }: ExplainedStorer): string {
  const place = rank === undefined ? '   -' : String(rank + 1).padStart(4);
  const facts = `${place}  ${bytesToHex(storerKey)}  weight ${weight}  attempt ${attempt + 1}  ${state}`;
  return reason === undefined ? facts : `${facts}: ${reason} (${PLACEMENT_REASONS[reason]})`;
}
