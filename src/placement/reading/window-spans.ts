import { BLOCK_SIZE, STRIPE_BLOCKS, STRIPE_SIZE } from '../../content/geometry.ts';
import { SEGMENT_BLOCKS } from '../../proof/graph.ts';
import { PROFILE_NONE } from '../../proof/profile.ts';

/** Windows of a segment: for any 4 MiB of a replica its holder reads the whole segment, and undoes a pass of all that lies before them. */
const SEGMENT_WINDOWS = SEGMENT_BLOCKS / STRIPE_BLOCKS;

/** What is read and checked at once: the part of one stripe that a range needs, in whole blocks. */
export interface WindowSpan {
  readonly stripe: number;
  /** First byte in the file, at a block. */
  readonly offset: number;
  /** Bytes, at most 4 MiB, to the end of a block or of the file. */
  readonly length: number;
  /** All that the stripe has: then its root is enough to check it. */
  readonly isWhole: boolean;
  /** Bytes before the range. */
  readonly skip: number;
  /** Bytes of the range. */
  readonly wanted: number;
}

/**
 * Cuts a range into runs of windows, each of which one holder reads with one call: single windows of a plain file, the windows of a segment of 128 MiB
 * of an encoded one.
 */
export function* windowRuns(
  range: { readonly offset: number; readonly length: number },
  file: { readonly sizeBytes: number; readonly profile: number },
): Generator<readonly WindowSpan[], void> {
  const windows = file.profile === PROFILE_NONE ? 1 : SEGMENT_WINDOWS;
  let run: WindowSpan[] = [];
  for (const span of windowSpans(range, file.sizeBytes)) {
    const [first] = run;
    if (first !== undefined && Math.floor(first.stripe / windows) !== Math.floor(span.stripe / windows)) {
      yield run;
      run = [];
    }
    run.push(span);
  }
  if (run.length > 0) yield run;
}

/** The windows of a range that lies in the file. */
function* windowSpans(
  { offset, length }: { readonly offset: number; readonly length: number },
  sizeBytes: number,
): Generator<WindowSpan, void> {
  for (let at = offset; at < offset + length; ) {
    const stripe = Math.floor(at / STRIPE_SIZE);
    const stripeEnd = Math.min((stripe + 1) * STRIPE_SIZE, sizeBytes);
    const end = Math.min(offset + length, stripeEnd);
    const start = at - (at % BLOCK_SIZE);
    const last = Math.min(Math.ceil(end / BLOCK_SIZE) * BLOCK_SIZE, stripeEnd);
    const isWhole = start === stripe * STRIPE_SIZE && last === stripeEnd;
    yield { stripe, offset: start, length: last - start, isWhole, skip: at - start, wanted: end - at };
    at = end;
  }
}
