import type { PrimaryParts } from './primary-options.ts';
import type { LogView } from './log-view.ts';
import type { Snapshot } from '../registry/snapshot.ts';

/** Round r of a placement, with all that decides who is selected. */
export interface Lottery {
  /** a. */
  readonly announced: bigint;
  /** r = a + 1. */
  readonly round: bigint;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  readonly snapshot: Snapshot;
}

/** Waits for the round behind an Announce. @throws ProvenderError as round log and signal do */
export async function openLottery(
  announced: bigint,
  {
    parts,
    view,
    signal,
  }: { readonly parts: PrimaryParts; readonly view: LogView; readonly signal: AbortSignal },
): Promise<Lottery> {
  const round = announced + 1n;
  const isIt = (seen: { number: bigint; seed: Uint8Array }): Uint8Array | undefined =>
    seen.number === round ? seen.seed : undefined;
  const seed = await view.first(isIt, { from: round, signal });
  const snapshot = await snapshotOf(round, parts);
  return { announced, round, seed, snapshot };
}

/** The snapshot that a round uses. @throws ProvenderError as the round log does */
export function snapshotOf(
  round: bigint,
  { genesis, log }: Pick<PrimaryParts, 'genesis' | 'log'>,
): Promise<Snapshot> {
  return log.registryAt(round / BigInt(genesis.parameters.epochLength));
}
