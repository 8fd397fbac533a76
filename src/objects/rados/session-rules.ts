import { compareBytes } from '../../content/object-id.ts';
import type { Tag } from '../tag.ts';
import type { PaymentDecision } from '../payment-marks.ts';
import type { SessionRecord } from './session-record.ts';

// What the protocol decides from what was read. The model of section 11.1 takes its steps by these functions too.

/** What an observer does with the record of a session that it takes for dead. */
export type RecordVerdict =
  /** Step 1 of the fence: write status 2 with the own number, then fence. */
  | 'close'
  /** Closed by this session already: go on. */
  | 'goOn'
  /** Somebody else closes it and may still act: fence that closer first, then take over. */
  | 'fenceCloser'
  /** Somebody else closed it and can do nothing any more: take over. */
  | 'takeOver'
  /** Leave it to the closer, who lives. */
  | 'leave';

/** What is known of the session that closes another one. */
export type CloserState = 'alive' | 'dead' | 'fenced' | 'gone';

/**
 * Judges the record of a dead session.
 *
 * @param closer - of the session that the record names; without meaning while it is open. `gone`: it has no record any more
 * @see object-layout.md, section 4, "Fence"
 */
export function judgeRecord(
  record: Pick<SessionRecord, 'status' | 'closer'>,
  me: number,
  closer: CloserState,
): RecordVerdict {
  if (record.status === 'open') return 'close';
  if (record.closer === me) return 'goOn';
  if (closer === 'alive') return 'leave';
  return closer === 'dead' ? 'fenceCloser' : 'takeOver';
}

/** What is known of a tag of a fenced session. */
export interface TagFacts {
  readonly tag: Tag;
  /** Tag of the head that stands for the object whose data this is. */
  readonly headTag: Tag | undefined;
  /** Whether the row `g.<tag>` stands. */
  readonly removed: boolean;
  /** Whether a payment hangs on it. */
  readonly paid: boolean;
  /** What was decided about the payment; `undefined` when nobody was asked. */
  readonly decision: PaymentDecision | undefined;
}

/** What becomes of the data of a tag. */
export type TagVerdict = 'keep' | 'askPayment' | 'publish' | 'drop';

/** Judges data of a fenced session. @see object-layout.md, section 6 */
export function judgeTag({ tag, headTag, removed, paid, decision }: TagFacts): TagVerdict {
  if (headTag !== undefined && sameTag(headTag, tag)) return 'keep';
  if (removed || !paid) return 'drop';
  if (decision === undefined) return 'askPayment';
  return decision.is === 'paid' && sameTag(decision.tag, tag) ? 'publish' : 'drop';
}

/** What a catalog object said after a publish whose guard failed. */
export interface PublishRefusal {
  readonly tag: Tag;
  /** Tag of the head that stands, if one does. */
  readonly headTag: Tag | undefined;
  /** Whether the row `g.<tag>` stands. */
  readonly removed: boolean;
}

/** What a publish whose guard failed means: done, done and removed since, another object stands, or a race that left nothing. */
export type PublishVerdict = 'done' | 'removedSince' | 'held' | 'conflict';

/** Judges a publish that answered -ECANCELED. @see object-layout.md, section 5 */
export function judgeRefusal({ tag, headTag, removed }: PublishRefusal): PublishVerdict {
  if (headTag !== undefined && sameTag(headTag, tag)) return 'done';
  if (removed) return 'removedSince';
  return headTag === undefined ? 'conflict' : 'held';
}

/** Who may remove the row `g.<tag>` once the data of the tag is deleted. */
export interface RowOwner {
  /** Session of the tag. */
  readonly owner: number;
  readonly me: number;
  /** Whether the owner has a record in `sessions`. */
  readonly ownerHasRecord: boolean;
  /** Whether a publish of the tag by this session is unanswered. */
  readonly publishUnanswered: boolean;
}

/**
 * Whether this session may remove a `g` row: its own once the publish was answered, and that of a session which is gone, closed or swept. A publish that
 * is still on its way would otherwise pass its guard and bring back a head without data.
 *
 * @see object-layout.md, section 5
 */
export function mayPurgeRow({ owner, me, ownerHasRecord, publishUnanswered }: RowOwner): boolean {
  return owner === me ? !publishUnanswered : !ownerHasRecord;
}

function sameTag(a: Tag, b: Tag): boolean {
  return compareBytes(a, b) === 0;
}
