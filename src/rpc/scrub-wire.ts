import { parseObjectId, objectIdHex } from '../content/object-id.ts';
import type { StoreUsage } from '../objects/object-store.ts';
import type {
  ScrubCounts as WireCounts,
  ScrubDamage as WireDamage,
  ScrubResult as WireResult,
  ScrubStatus as WireStatus,
  ScrubUsage as WireUsage,
} from '../generated/provender/v1/scrub_service.ts';
import { ScrubPhase as WirePhase, ScrubState as WireState } from '../generated/provender/v1/scrub_service.ts';
import {
  DAMAGE_KINDS,
  type ScrubCounts,
  type ScrubDamage,
  type ScrubPhase,
  type ScrubResult,
  type ScrubState,
  type ScrubStatus,
} from '../shares/scrub/scrub.ts';
import { asBuffer } from './data-codec.ts';
import { corruptAnswer, present } from './wire-shapes.ts';

/** Both ends' view of the messages of the scrubber; each pair is inverse to the other. */
const STATES = {
  idle: WireState.SCRUB_STATE_IDLE,
  running: WireState.SCRUB_STATE_RUNNING,
  paused: WireState.SCRUB_STATE_PAUSED,
} as const satisfies Record<ScrubState, WireState>;
const STATE_NAMES = ['idle', 'running', 'paused'] as const;
const PHASES = {
  objects: WirePhase.SCRUB_PHASE_OBJECTS,
  chunks: WirePhase.SCRUB_PHASE_CHUNKS,
  count: WirePhase.SCRUB_PHASE_COUNT,
} as const satisfies Record<ScrubPhase, WirePhase>;
const PHASE_NAMES = ['objects', 'chunks', 'count'] as const;

export function scrubStatusToWire(status: ScrubStatus): WireStatus {
  const { startedUnixMs, nextUnixMs, etaSeconds, last, phase } = status;
  return {
    state: STATES[status.state],
    phase: phase === undefined ? WirePhase.SCRUB_PHASE_UNSPECIFIED : PHASES[phase],
    deep: status.isDeep,
    bytesPerSecond: BigInt(status.bytesPerSecond),
    counts: countsToWire(status.counts),
    expected: usageToWire(status.expected),
    damage: status.damage.map(damageToWire),
    trouble: status.trouble ?? '',
    last: last === undefined ? undefined : resultToWire(last),
    ...(startedUnixMs !== undefined && { startedUnixMs: BigInt(startedUnixMs) }),
    ...(nextUnixMs !== undefined && { nextUnixMs: BigInt(nextUnixMs) }),
    ...(etaSeconds !== undefined && { etaSeconds }),
  };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` when a node answers without it, or with states of no known name */
export function scrubStatusFromWire(wire: WireStatus | undefined): ScrubStatus {
  const status = present(wire, 'status');
  const state = STATE_NAMES.find((name) => STATES[name] === status.state);
  if (state === undefined) throw corruptAnswer(`state ${status.state} of the scrubber is not known`);
  const phase = PHASE_NAMES.find((name) => PHASES[name] === status.phase);
  const { startedUnixMs, nextUnixMs, etaSeconds, last, trouble } = status;
  return {
    state,
    isDeep: status.deep,
    bytesPerSecond: Number(status.bytesPerSecond),
    counts: countsFromWire(status.counts),
    expected: usageFromWire(present(status.expected, 'usage')),
    damage: status.damage.map(damageFromWire),
    ...(phase !== undefined && { phase }),
    ...(startedUnixMs !== undefined && { startedUnixMs: Number(startedUnixMs) }),
    ...(nextUnixMs !== undefined && { nextUnixMs: Number(nextUnixMs) }),
    ...(etaSeconds !== undefined && { etaSeconds }),
    ...(trouble !== '' && { trouble }),
    ...(last !== undefined && { last: resultFromWire(last) }),
  };
}

function countsToWire(counts: ScrubCounts): WireCounts {
  return {
    chunks: BigInt(counts.chunks),
    files: BigInt(counts.files),
    collections: BigInt(counts.collections),
    checkedBytes: BigInt(counts.checkedBytes),
    damaged: BigInt(counts.damaged),
  };
}

function countsFromWire(wire: WireCounts | undefined): ScrubCounts {
  const counts = present(wire, 'counts');
  return {
    chunks: Number(counts.chunks),
    files: Number(counts.files),
    collections: Number(counts.collections),
    checkedBytes: Number(counts.checkedBytes),
    damaged: Number(counts.damaged),
  };
}

function usageToWire(usage: StoreUsage): WireUsage {
  return {
    storedBytes: BigInt(usage.storedBytes),
    chunks: BigInt(usage.chunks),
    files: BigInt(usage.files),
    collections: BigInt(usage.collections),
  };
}

function usageFromWire(usage: WireUsage): StoreUsage {
  return {
    storedBytes: Number(usage.storedBytes),
    chunks: Number(usage.chunks),
    files: Number(usage.files),
    collections: Number(usage.collections),
  };
}

function resultToWire({
  isDeep,
  startedUnixMs,
  finishedUnixMs,
  counts,
  difference,
}: ScrubResult): WireResult {
  return {
    deep: isDeep,
    startedUnixMs: BigInt(startedUnixMs),
    finishedUnixMs: BigInt(finishedUnixMs),
    counts: countsToWire(counts),
    difference: difference === undefined ? undefined : usageToWire(difference),
  };
}

function resultFromWire({
  deep,
  startedUnixMs,
  finishedUnixMs,
  counts,
  difference,
}: WireResult): ScrubResult {
  return {
    isDeep: deep,
    startedUnixMs: Number(startedUnixMs),
    finishedUnixMs: Number(finishedUnixMs),
    counts: countsFromWire(counts),
    ...(difference !== undefined && { difference: usageFromWire(difference) }),
  };
}

function damageToWire({ kind, key, object, block, reason, unixMs }: ScrubDamage): WireDamage {
  const objectId = asBuffer(parseObjectId(object));
  return { kind, key, objectId, reason, unixMs: BigInt(unixMs), ...(block !== undefined && { block }) };
}

function damageFromWire({ kind: name, key, objectId, block, reason, unixMs }: WireDamage): ScrubDamage {
  const kind = DAMAGE_KINDS.find((known) => known === name);
  if (kind === undefined) throw corruptAnswer(`damage of kind ${name} is not known`);
  const object = objectIdHex(parseObjectId(objectId));
  return { kind, key, object, reason, unixMs: Number(unixMs), ...(block !== undefined && { block }) };
}
