import { buildReceipt, type TrustedGenesis } from '../../src/placement/receipt.ts';
import { encodeRound, roundHash, type UnsignedRound } from '../../src/placement/rounds/round.ts';
import { bytesOf, makePlacement, type PlacementChoice, type TestPlacement } from './placement-fixtures.ts';

/** A receipt that holds, and what made it. */
export interface TestReceipt extends TestPlacement {
  readonly genesis: TrustedGenesis;
  /** Round r. */
  readonly round: Uint8Array;
  /** Round r + 1, which holds the SetKey. */
  readonly setKeyRound: Uint8Array;
  readonly receipt: Uint8Array;
}

/** The round of a lottery, without records. */
function lotteryRound(placement: TestPlacement, change: Partial<UnsignedRound> = {}): Uint8Array {
  const { lottery, snapshot, primary } = placement;
  const round = {
    networkId: lottery.networkId,
    number: lottery.announced + 1n,
    prevHash: bytesOf('previous round'),
    unixMs: 1_700_000_000_000n,
    seed: lottery.seed,
    registryRoot: snapshot.root,
    proposerKey: primary.publicKey,
    vrfKey: bytesOf('vrf key of the primary'),
    proof: new Uint8Array(80),
    records: [],
  };
  return encodeRound({ ...round, ...change }, primary);
}

/** A whole placement in its rounds. */
export function makeReceipt(choice: PlacementChoice = {}): TestReceipt {
  const placement = makePlacement(choice);
  const { lottery, snapshot, primary, context, setKey } = placement;
  const round = lotteryRound(placement);
  const setKeyRound = lotteryRound(placement, {
    number: lottery.announced + 2n,
    prevHash: roundHash(round),
    seed: bytesOf('next seed'),
    records: [setKey],
  });
  const genesis = {
    hash: bytesOf('genesis'),
    networkId: lottery.networkId,
    primaries: [{ storerKey: primary.publicKey }],
    parameters: context.rules,
  };
  const receipt = buildReceipt({ setKey, round, setKeyRound, snapshot, genesis });
  return { ...placement, genesis, round, setKeyRound, receipt };
}
