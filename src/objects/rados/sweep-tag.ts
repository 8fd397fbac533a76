import { type ObjectId, parseObjectId } from '../../content/object-id.ts';
import { tagName } from '../tag.ts';
import { stripeKey } from '../data-names.ts';
import { type CatalogFacts, readCatalog } from './catalog-rows.ts';
import { isRadosError } from './client/rados-error.ts';
import { dropStaged } from './drop-data.ts';
import { ID_ATTRIBUTE, PAYMENT_ATTRIBUTE } from './keys.ts';
import type { PaymentDecision, PaymentMarks } from '../payment-marks.ts';
import type { RadosEvents } from './rados-events.ts';
import { type PublishParts, publishPaid } from './publish-paid.ts';
import { judgeTag } from './session-rules.ts';
import type { FoundTag } from './staged-tags.ts';
import { type AnswerOptions, untilAnswered } from './until-answered.ts';

/** What a sweep works with. */
export interface SweepParts extends PublishParts {
  readonly marks: PaymentMarks | undefined;
  readonly events: RadosEvents;
}

/** What became of a tag; bytes are those deleted. */
export interface TagOutcome {
  readonly is: 'kept' | 'undecided' | 'dropped' | 'published' | 'unnamed';
  readonly bytes: number;
}

const KEPT: TagOutcome = { is: 'kept', bytes: 0 };
const NO_HEAD: CatalogFacts = { headTag: undefined, removed: false };

/**
 * Decides on a tag of a fenced session and does it.
 *
 * @param unnamed - the whole catalog was looked through and no head has the tag; without that, a tag whose stripe 0 does not tell the object's id is
 *   given back as `unnamed`, for it could be that of an object which lost its stripe 0
 * @see object-layout.md, section 6
 */
export async function sweepTag(
  parts: SweepParts,
  found: FoundTag,
  unnamed: boolean,
  answer: AnswerOptions,
): Promise<TagOutcome> {
  const { tag } = found;
  const { id, operation } = await readMarks(parts, found, answer);
  if (id === undefined && !unnamed) return { is: 'unnamed', bytes: 0 };
  const rows = id === undefined ? NO_HEAD : await readCatalog(parts.objects, { id, tag }, answer);
  const facts = { tag, ...rows, paid: operation !== undefined };
  let verdict = judgeTag({ ...facts, decision: undefined });
  let decision: PaymentDecision | undefined;
  if (verdict === 'askPayment' && operation !== undefined) {
    decision = await askPayment(parts, found, operation);
    if (decision === undefined) return { is: 'undecided', bytes: 0 };
    verdict = judgeTag({ ...facts, decision });
  }
  if (verdict === 'keep') return KEPT;
  if (verdict === 'publish' && decision?.is === 'paid' && (await publishPaid(parts, decision, answer)))
    return { is: 'published', bytes: 0 };
  const bytes = await dropStaged(parts, { tag, stripes: found.stripes, rows: true }, answer);
  return { is: 'dropped', bytes };
}

/** What stripe 0 says of its object. */
interface StripeMarks {
  readonly id: ObjectId | undefined;
  readonly operation: Uint8Array | undefined;
}

async function readMarks(
  { data }: SweepParts,
  { tag }: FoundTag,
  answer: AnswerOptions,
): Promise<StripeMarks> {
  try {
    const attributes = await untilAnswered(() => data.getXattrs(stripeKey(tag, 0)), answer);
    const id = attributes.get(ID_ATTRIBUTE);
    return {
      id: id === undefined ? undefined : parseObjectId(id),
      operation: attributes.get(PAYMENT_ATTRIBUTE),
    };
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return { id: undefined, operation: undefined };
    throw error;
  }
}

async function askPayment(
  { marks, events }: SweepParts,
  { tag }: FoundTag,
  operation: Uint8Array,
): Promise<PaymentDecision | undefined> {
  if (marks !== undefined) return marks.dropOrPublish(operation);
  events.paidDataKept?.({ tag: tagName(tag), operation: Buffer.from(operation).toString('hex') });
  return undefined;
}
