import { blockCount, blocksInStripe, stripeCount } from '../../content/geometry.ts';
import { OBJECT_KIND, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { decodeHead, type Head } from '../head.ts';
import { stripeLayout } from '../stripe.ts';
import { rootsKey, stripeKey } from '../data-names.ts';
import { readCatalog } from './catalog-rows.ts';
import { isRadosError } from './client/rados-error.ts';
import type { DropParts } from './drop-data.ts';
import { inParallel } from './in-parallel.ts';
import { catalogKey, headRow, removedRow } from './keys.ts';
import type { PaymentDecision } from '../payment-marks.ts';
import { judgeRefusal } from './session-rules.ts';
import { restoreStripeRows } from './stripe-rows.ts';
import { type AnswerOptions, untilAnswered } from './until-answered.ts';

/** What a publish on behalf of a fenced session is made with. */
export interface PublishParts extends DropParts {
  /** Brackets a publish: it must be known to be unanswered while it is. */
  readonly publishing: (publish: () => Promise<void>) => Promise<void>;
}

const WIDTH = 8;
const ABSENT = new Uint8Array(0);

/**
 * Publishes a paid upload of a fenced session, under the guards of every publish; `false` when its data is to go: it is not whole any more, another
 * object stands under its id, or it was published and removed.
 *
 * Before that each object of the data gets an empty guarded write. The fence made only the OSDs of the catalog refuse the old clients; one of them may
 * have found its upload held and be deleting the data, and a deletion that lands after the publish would leave a head without data.
 *
 * @throws ProvenderError `PROVENDER_CONFLICT` when the row of the object came and went meanwhile
 * @see object-layout.md, sections 4 to 6; the model shows the loss without the empty writes
 */
export async function publishPaid(
  parts: PublishParts,
  paid: PaymentDecision & { is: 'paid' },
  answer: AnswerOptions,
): Promise<boolean> {
  const head = decodeHead(paid.head);
  if (!(await fenceData(parts, head, answer))) return false;
  await parts.step('publish paid: data');
  await restoreRows(parts, head, answer);
  await parts.step('publish paid: rows');
  const { tag } = paid;
  const { id } = head.statement;
  try {
    await parts.publishing(() =>
      untilAnswered(
        () =>
          parts.objects.change(catalogKey(id), [
            { do: 'omapCmp', key: headRow(id), value: ABSENT },
            { do: 'omapCmp', key: removedRow(tag), value: ABSENT },
            { do: 'omapSet', rows: [[headRow(id), paid.head]] },
          ]),
        answer,
      ),
    );
    await parts.step('publish paid: head');
    return true;
  } catch (error) {
    if (!isRadosError(error, 'ECANCELED')) throw error;
  }
  const verdict = judgeRefusal({ tag, ...(await readCatalog(parts.objects, { id, tag }, answer)) });
  if (verdict === 'conflict')
    throw new ProvenderError(
      'PROVENDER_CONFLICT',
      `publish of ${objectIdHex(id)}: its row came and went meanwhile`,
    );
  return verdict === 'done';
}

/** An empty guarded write on each object of the data; `false` when one is missing. */
async function fenceData(
  { data }: PublishParts,
  { tag, statement }: Head,
  answer: AnswerOptions,
): Promise<boolean> {
  const stripes = stripeCount(blockCount(statement.sizeBytes));
  const keys = Array.from({ length: stripes }, (_, stripe) => stripeKey(tag, stripe));
  if (stripes > 1) keys.push(rootsKey(tag));
  try {
    await inParallel(keys, WIDTH, (key) =>
      untilAnswered(
        () => data.change(key, [{ do: 'assertExists' }, { do: 'create', exclusive: false }]),
        answer,
      ),
    );
    return true;
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return false;
    throw error;
  }
}

/** The upload writes its index rows just before its publish, so it may not have come to that. */
async function restoreRows(
  parts: PublishParts,
  { tag, statement }: Head,
  answer: AnswerOptions,
): Promise<void> {
  if (statement.kind !== OBJECT_KIND.collection) return;
  const object = { ...statement, passes: statement.layerRoots.length };
  const blocks = blockCount(statement.sizeBytes);
  let chunksLeft = statement.count;
  for (let stripe = 0; chunksLeft > 0; stripe++) {
    const chunks = Math.min(chunksLeft, blocksInStripe(blocks, stripe));
    const layout = stripeLayout(object, stripe);
    await restoreStripeRows(parts, { tag, stripe, layout, id: statement.id, chunks }, answer);
    chunksLeft -= chunks;
  }
}
