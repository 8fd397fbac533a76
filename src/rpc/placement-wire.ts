import { parseObjectId } from '../content/object-id.ts';
import type {
  CommitResponse,
  ExplainedStorer as WireStorer,
  PlacementAttempt,
  PlacementExplanation as WireExplanation,
} from '../generated/provender/v1/placement_service.ts';
import type { CommitReply, OpenAttempt, PlacementReply } from '../placement/ports.ts';
import type {
  ExplainedStorer,
  Explanation,
  PlacementState,
  StorerState,
} from '../placement/primary/explanation.ts';
import { isPlacementReason, type PlacementReason } from '../placement/reasons.ts';
import { asBuffer } from './data-codec.ts';
import { hashFromWire } from './network-wire.ts';
import { corruptAnswer } from './wire-shapes.ts';

/** Both ends' view of the messages of placements; each pair is inverse to the other. */
const EMPTY = Buffer.alloc(0);

const STATES: readonly PlacementState[] = [
  'announcing',
  'claiming',
  'assigning',
  'signing',
  'placed',
  'failed',
  'cancelled',
];
const STORER_STATES: readonly StorerState[] = [
  'claimed',
  'skipped',
  'assigned',
  'fetching',
  'committed',
  'complete',
  'signed',
  'passed',
];

/** Fields that every reply has. */
interface WireReply {
  readonly ok: boolean;
  readonly reason: string;
}

export function replyToWire(reply: PlacementReply): WireReply {
  return reply.ok ? { ok: true, reason: '' } : { ok: false, reason: reply.reason };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` for a reason that this version does not know, or one beside "ok" */
export function replyFromWire({ ok, reason }: WireReply): PlacementReply {
  if (!ok) return { ok, reason: reasonFromWire(reason) };
  if (reason !== '') throw corruptAnswer(`the message is taken, and is not for reason ${shown(reason)}`);
  return { ok };
}

export function commitReplyToWire(reply: CommitReply): CommitResponse {
  return { ...replyToWire(reply), challenge: reply.ok ? asBuffer(reply.challenge) : EMPTY };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` as `replyFromWire`, and for a Commit that is taken without a Challenge */
export function commitReplyFromWire({ challenge, ...wire }: CommitResponse): CommitReply {
  const reply = replyFromWire(wire);
  if (!reply.ok) return reply;
  if (challenge.length === 0) throw corruptAnswer('the commitment is taken without a challenge');
  return { ok: true, challenge };
}

export function attemptToWire({ id, round, attempt }: OpenAttempt): PlacementAttempt {
  return { objectId: asBuffer(id), round, attempt };
}

/** @throws ProvenderError `PROVENDER_INVALID` for an id of another length */
export function attemptFromWire({ objectId, round, attempt }: PlacementAttempt): OpenAttempt {
  return { id: parseObjectId(objectId), round, attempt };
}

export function explanationToWire(explanation: Explanation): WireExplanation {
  const { id, sizeBytes, startedUnixMs, tookMs, failure, storers, ...rest } = explanation;
  const { announced, round, totalWeight, registered, ...others } = rest;
  return {
    ...others,
    objectId: asBuffer(id),
    sizeBytes: BigInt(sizeBytes),
    startedUnixMs: BigInt(Math.round(startedUnixMs)),
    ...(announced !== undefined && { announced }),
    ...(round !== undefined && { round }),
    ...(totalWeight !== undefined && { totalWeight }),
    ...(registered !== undefined && { registered }),
    ...(tookMs !== undefined && { tookMs: BigInt(Math.round(tookMs)) }),
    failureCode: failure?.code ?? '',
    failureMessage: failure?.message ?? '',
    storers: storers.map(storerToWire),
  };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` for words that this version does not know */
export function explanationFromWire(wire: WireExplanation): Explanation {
  const { announced, round, totalWeight, registered, tookMs, failureCode } = wire;
  return {
    id: parseObjectId(wire.objectId),
    state: wordFromWire(STATES, wire.state, 'state of a placement'),
    profile: wire.profile,
    sizeBytes: Number(wire.sizeBytes),
    replicas: wire.replicas,
    attempt: wire.attempt,
    tauNumerator: wire.tauNumerator,
    startedUnixMs: Number(wire.startedUnixMs),
    ...(announced !== undefined && { announced }),
    ...(round !== undefined && { round }),
    ...(totalWeight !== undefined && { totalWeight }),
    ...(registered !== undefined && { registered }),
    ...(tookMs !== undefined && { tookMs: Number(tookMs) }),
    ...(failureCode !== '' && { failure: { code: failureCode, message: wire.failureMessage } }),
    storers: wire.storers.map(storerFromWire),
  };
}

function storerToWire({ storerKey, rank, place, reason, ...others }: ExplainedStorer): WireStorer {
  return {
    ...others,
    storerKey: asBuffer(storerKey),
    ...(rank !== undefined && { rank }),
    ...(place !== undefined && { place }),
    reason: reason ?? '',
  };
}

function storerFromWire(wire: WireStorer): ExplainedStorer {
  const { rank, place, reason } = wire;
  return {
    storerKey: hashFromWire(wire.storerKey, 'node key'),
    weight: wire.weight,
    attempt: wire.attempt,
    state: wordFromWire(STORER_STATES, wire.state, 'state of a storer'),
    ...(rank !== undefined && { rank }),
    ...(place !== undefined && { place }),
    ...(reason !== '' && { reason: reasonFromWire(reason) }),
  };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` when it is none of the words */
export function wordFromWire<Word extends string>(words: readonly Word[], text: string, what: string): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) throw corruptAnswer(`${what} ${shown(text)} is not known`);
  return word;
}

/** @throws ProvenderError `PROVENDER_CORRUPT` when it is no reason of this version */
export function reasonFromWire(text: string): PlacementReason {
  if (isPlacementReason(text)) return text;
  throw corruptAnswer(`reason ${shown(text)} is not known`);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 32));
}
