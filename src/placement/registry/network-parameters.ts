import { z } from 'zod';
import { MAX_REPLICAS } from '../messages/object-fields.ts';
import type { MessageWriter } from '../messages/message-writer.ts';
import { parseFields } from './parse-fields.ts';

/** What all nodes of a network agree on, from its first round on. */
export interface NetworkParameters {
  /** Rounds of an epoch. */
  readonly epochLength: number;
  /** The least time between two rounds. */
  readonly roundIntervalMs: number;
  /** N -> num, for N from 1 to 16: τ = num / 1000 places of a lottery for N replicas, on average. */
  readonly tauNumerators: Readonly<Record<number, number>>;
  /** By which capacities count, in 1/2^16: w = ⌊capacityGiB · valuation / 2^16⌋. */
  readonly valuation: number;
  /** Δ1: time for claims. */
  readonly claimMs: number;
  /** Δ2 = `commitMs` + size / `bytesPerSecond`: time from an assignment to its proof. */
  readonly commitMs: number;
  readonly bytesPerSecond: number;
  /** Whether a region may hold no more than half of the places. */
  readonly regionCap: boolean;
}

/**
 * num of N = 1 to 16: λ*(k = 20) / p, rounded up to 0.5, as p = 0.9 of those selected answer; λ* is the least mean of a Poisson distribution
 * that is below N with a probability of at most 2^-20.
 * @see storer-selection.md, section 4
 */
const TAU_NUMERATORS = [
  15500, 19000, 21500, 24000, 26500, 28500, 30500, 32500, 34500, 36500, 38500, 40500, 42500, 44000, 46000,
  47500,
];

/** What a network has unless its founder says otherwise. */
export const DEFAULT_PARAMETERS: NetworkParameters = {
  epochLength: 100,
  roundIntervalMs: 1000,
  tauNumerators: Object.fromEntries(TAU_NUMERATORS.map((num, i) => [i + 1, num])),
  valuation: 32_768,
  claimMs: 1000,
  commitMs: 2000,
  bytesPerSecond: 10_000_000,
  regionCap: true,
};

const U32 = 0xffff_ffff;
const count = (most: number): z.ZodNumber => z.int().min(1).max(most);
const REPLICAS = Array.from({ length: MAX_REPLICAS }, (_, i) => i + 1);

/** The parameters as a genesis file has them: all there, nothing else. */
export const parametersSchema = z.strictObject({
  epochLength: count(1_000_000),
  roundIntervalMs: count(3_600_000),
  tauNumerators: z.strictObject(Object.fromEntries(REPLICAS.map((n) => [n, count(U32)]))),
  valuation: count(U32),
  claimMs: count(3_600_000),
  commitMs: count(3_600_000),
  bytesPerSecond: count(Number.MAX_SAFE_INTEGER),
  regionCap: z.boolean(),
});

/**
 * u32 epochLength ‖ u32 roundIntervalMs ‖ 16 × u32 num ‖ u32 valuation ‖ u32 claimMs ‖ u32 commitMs ‖ u64 bytesPerSecond ‖ u8 regionCap.
 * @throws ProvenderError `PROVENDER_INVALID` for a number that does not fit
 */
export function writeParameters(writer: MessageWriter, parameters: NetworkParameters): void {
  writer.u32(parameters.epochLength).u32(parameters.roundIntervalMs);
  for (const replicas of REPLICAS) writer.u32(parameters.tauNumerators[replicas] ?? 0);
  writer.u32(parameters.valuation).u32(parameters.claimMs).u32(parameters.commitMs);
  writer.u64(BigInt(parameters.bytesPerSecond)).u8(parameters.regionCap ? 1 : 0);
}

/**
 * Checks parameters that come from a caller.
 * @throws ProvenderError `PROVENDER_INVALID` that names the field
 */
export function checkParameters(parameters: NetworkParameters): NetworkParameters {
  return parseFields(parametersSchema, parameters, 'parameters');
}
