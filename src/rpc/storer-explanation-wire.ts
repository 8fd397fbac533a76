import { parseObjectId } from '../content/object-id.ts';
import type {
  StorerDraw,
  StorerExplanation as WireExplanation,
} from '../generated/provender/v1/placement_service.ts';
import type { DrawFacts, StorerExplanation, StorerStage } from '../placement/storer/explanation.ts';
import { asBuffer } from './data-codec.ts';
import { reasonFromWire, wordFromWire } from './placement-wire.ts';
import { corruptAnswer } from './wire-shapes.ts';

/** Both ends' view of what a storer tells of itself; each pair is inverse to the other. */
const STAGES: readonly StorerStage[] = [
  'drawn',
  'claimed',
  'assigned',
  'committed',
  'proven',
  'placed',
  'dropped',
  'passed',
];
/** Bytes of a number of the lottery: a threshold of a heavy node is above 2^256. */
const MOST_NUMBER_BYTES = 64;

export function storerExplanationToWire(explanation: StorerExplanation): WireExplanation {
  const { id, lottery, reason, changedUnixMs, ...others } = explanation;
  return {
    ...others,
    objectId: asBuffer(id),
    lottery: lottery === undefined ? undefined : drawToWire(lottery),
    reason: reason ?? '',
    changedUnixMs: BigInt(Math.round(changedUnixMs)),
  };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` for words that this version does not know, or numbers that no lottery has */
export function storerExplanationFromWire(wire: WireExplanation): StorerExplanation {
  const { lottery, reason } = wire;
  return {
    id: parseObjectId(wire.objectId),
    round: wire.round,
    attempt: wire.attempt,
    stage: wordFromWire(STAGES, wire.stage, 'stage of a storer'),
    weight: wire.weight,
    totalWeight: wire.totalWeight,
    ...(lottery !== undefined && { lottery: drawFromWire(lottery) }),
    ...(reason !== '' && { reason: reasonFromWire(reason) }),
    changedUnixMs: Number(wire.changedUnixMs),
  };
}

function drawToWire({ draw, threshold, selected }: DrawFacts): StorerDraw {
  return { draw: numberToWire(draw), threshold: numberToWire(threshold), selected };
}

function drawFromWire({ draw, threshold, selected }: StorerDraw): DrawFacts {
  return { draw: numberFromWire(draw), threshold: numberFromWire(threshold), selected };
}

function numberToWire(number: bigint): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

function numberFromWire(bytes: Buffer): bigint {
  if (bytes.length > MOST_NUMBER_BYTES)
    throw corruptAnswer(`a number of the lottery has ${bytes.length} bytes`);
  return BigInt(`0x0${bytes.toString('hex')}`);
}
