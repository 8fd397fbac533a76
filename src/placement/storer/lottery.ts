import { ProvenderError } from '../../content/provender-error.ts';
import { drawOf, isSelected, type LotteryOdds } from '../../vrf/lottery.ts';
import { selectionInput } from '../../vrf/selection-input.ts';
import type { VrfEngine } from '../../vrf/vrf-engine.ts';
import type { SnapshotLeaf } from '../registry/snapshot.ts';
import type { Announced } from './announced.ts';
import type { DrawFacts } from './explanation.ts';

/** Proofs that are asked for at once. */
const BATCH = 256;

/** Objects that are drawn together. */
export interface LotteryRound {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  readonly leaf: SnapshotLeaf;
  /** W. */
  readonly totalWeight: bigint;
  readonly attempt: number;
  /** N -> numerator of τ. */
  readonly tauNumerators: Readonly<Record<number, number>>;
}

/** What the lottery gave for one object. */
export interface Drawn {
  readonly announced: Announced;
  /** π, 80 bytes. */
  readonly proof: Uint8Array;
  readonly facts: DrawFacts;
}

/**
 * Runs the lottery of a storer for objects whose seed is known, in batches. Every proof is verified before it is used: that gives β, and a key that
 * is not that of the snapshot, or a fault of this machine, ends here and not as a bad proof at a primary.
 *
 * @throws ProvenderError `PROVENDER_INTERNAL` when a proof of one's own does not hold
 */
export async function runLottery(
  vrf: VrfEngine,
  objects: readonly Announced[],
  round: LotteryRound,
): Promise<readonly Drawn[]> {
  const drawn: Drawn[] = [];
  for (let first = 0; first < objects.length; first += BATCH) {
    drawn.push(...(await drawBatch(vrf, objects.slice(first, first + BATCH), round)));
  }
  return drawn;
}

async function drawBatch(
  vrf: VrfEngine,
  objects: readonly Announced[],
  round: LotteryRound,
): Promise<Drawn[]> {
  const { networkId, attempt, leaf } = round;
  const seeded = objects.flatMap((announced) => {
    const { seed, round: number } = announced;
    if (seed === undefined) return [];
    return [
      {
        announced,
        input: selectionInput({ networkId, round: number, seed, attempt }, announced.announce.id),
      },
    ];
  });
  const proofs = await vrf.prove(seeded.map(({ input }) => input));
  const questions = seeded.map(({ input }, i) => ({
    publicKey: leaf.vrfKey,
    input,
    proof: proofs[i] ?? new Uint8Array(),
  }));
  const outputs = await vrf.verify(questions);
  return seeded.map(({ announced }, i) => {
    const [proof, output] = [proofs[i], outputs[i]];
    if (proof === undefined || output === undefined)
      throw new ProvenderError(
        'PROVENDER_INTERNAL',
        'lottery: a proof of this node does not hold; check its VRF key and its memory',
      );
    return { announced, proof, facts: drawFacts(output, announced, round) };
  });
}

/** u against its threshold. A network without τ for this N selects nobody. */
function drawFacts(output: Uint8Array, { announce }: Announced, round: LotteryRound): DrawFacts {
  const { leaf, totalWeight, attempt, tauNumerators } = round;
  const tauNumerator = BigInt(tauNumerators[announce.replicas] ?? 0);
  const odds: LotteryOdds = { tauNumerator, attempt, totalWeight };
  const scaled = (tauNumerator * leaf.weight) << (256n + BigInt(attempt));
  const divisor = totalWeight * 1000n;
  return {
    draw: drawOf(output),
    threshold: (scaled + divisor - 1n) / divisor, // u · d < s holds for whole u exactly below ⌈s / d⌉
    selected: isSelected({ output, weight: leaf.weight }, odds),
  };
}
