import { byteCount } from '../content/geometry.ts';
import { type ObjectId, parseObjectId, parseObjectKind } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import type {
  SetResult as WireSetResult,
  ShareStat as WireShareStat,
} from '../generated/provender/v1/share.ts';
import type { ShareItem as WireShareItem } from '../generated/provender/v1/share_service.ts';
import type { SetOutcome, ShareItem, ShareStat } from '../shares/shares.ts';
import { asBuffer } from './data-codec.ts';
import { fromErrorDetail, toErrorDetail } from './error-map.ts';

/** Both ends' view of the messages that carry what the shares service says; each pair is inverse to the other. */
const EMPTY = Buffer.alloc(0);

export function statToWire(stat: ShareStat): WireShareStat {
  return {
    objectId: asBuffer(stat.id),
    kind: stat.kind,
    sizeBytes: BigInt(stat.sizeBytes),
    count: stat.count,
    profile: stat.profile,
    storedBytes: BigInt(stat.storedBytes),
    commitment: asBuffer(stat.commitment),
    collectionId: stat.collection === undefined ? EMPTY : asBuffer(stat.collection.id),
    position: stat.collection?.position ?? 0,
  };
}

/** @throws ProvenderError `PROVENDER_CORRUPT` when a node answers without it; `PROVENDER_INVALID` for values outside the bounds */
export function statFromWire(stat: WireShareStat | undefined): ShareStat {
  const { objectId, kind, sizeBytes, count, profile, storedBytes, commitment, ...place } = present(
    stat,
    'share',
  );
  const base = {
    id: parseObjectId(objectId),
    kind: parseObjectKind(kind),
    sizeBytes: byteCount(sizeBytes, 'share size'),
    count,
    profile,
    storedBytes: Number(storedBytes),
    commitment,
  };
  if (place.collectionId.length === 0) return base;
  return { ...base, collection: { id: parseObjectId(place.collectionId), position: place.position } };
}

export function outcomeToWire(outcome: SetOutcome): WireSetResult {
  return { share: statToWire(outcome.stat), held: outcome.held, commR: asBuffer(outcome.commR) };
}

export function outcomeFromWire(result: WireSetResult | undefined): SetOutcome {
  const { share, held, commR } = present(result, 'result');
  return { stat: statFromWire(share), held, commR };
}

export function itemToWire(item: ShareItem): WireShareItem {
  const objectId = asBuffer(item.id);
  if ('error' in item) return { objectId, data: EMPTY, error: toErrorDetail(item.error) };
  return { objectId, data: asBuffer(item.bytes), error: undefined };
}

export function itemFromWire(item: WireShareItem): ShareItem {
  const id = parseObjectId(item.objectId);
  if (item.error !== undefined) return { id, error: fromErrorDetail(item.error) };
  return { id, bytes: item.data };
}

/** Ids of a request, checked one by one. @throws ProvenderError `PROVENDER_INVALID` */
export function idsFromWire(ids: readonly Buffer[]): ObjectId[] {
  return ids.map((id) => parseObjectId(id));
}

/** A part of an answer that a whole one has. @throws ProvenderError `PROVENDER_CORRUPT` */
export function present<T>(part: T | undefined, what: string): T {
  if (part !== undefined) return part;
  throw corruptAnswer(`the answer has no ${what}`);
}

/** The error for an answer that no whole node gives. */
export function corruptAnswer(what: string): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CORRUPT',
    `${what}: the other end is no whole node, or of a newer version`,
  );
}
