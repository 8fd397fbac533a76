import { ProvenderError } from '../../content/provender-error.ts';
import type { Clock } from '../clock.ts';
import type { PrimaryCalls } from '../ports.ts';
import { Backoff, mayPass } from './retrying.ts';
import { abortReason, orAborted, timeLimit } from './time-limit.ts';

/** What is fetched, and how. */
export interface ContentFetch {
  readonly primaries: Pick<PrimaryCalls, 'fetchContent'>;
  /** `host:port`, at least one; the first is asked first. */
  readonly sources: readonly string[];
  readonly sizeBytes: number;
  /** The signed FetchRequest for an offset. */
  request(offset: number): Uint8Array;
  readonly clock: Clock;
  /** Ends the fetch. */
  readonly signal: AbortSignal;
  /** A source that sends nothing for this long is left. */
  readonly stallMs: number;
  /** Hears of every piece. */
  onBytes(bytes: number): void;
}

/**
 * Content from the first source that gives it. A stream that is cut, ends early or stalls is taken up at the byte where it stopped, at the next
 * source and around again, until the signal aborts.
 *
 * @throws ProvenderError `PROVENDER_INVALID` when a source sends more than the object has; the last refusal when every source in turn refuses for good
 */
export async function* fetchContent(fetch: ContentFetch): AsyncGenerator<Uint8Array, void> {
  const { sources, sizeBytes, clock, signal } = fetch;
  const backoff = new Backoff();
  let offset = 0;
  let refusals = 0;
  for (let turn = 0; offset < sizeBytes; turn++) {
    const before = offset;
    try {
      for await (const piece of pieces(fetch, sources[turn % sources.length] ?? '', offset)) {
        offset += piece.length;
        if (offset > sizeBytes) throw tooLong(sizeBytes);
        fetch.onBytes(piece.length);
        yield piece;
      }
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (offset > sizeBytes) throw error;
      refusals = mayPass(error) || offset > before ? 0 : refusals + 1;
      if (refusals >= sources.length) throw error;
    }
    if (offset > before) backoff.reset();
    if (offset < sizeBytes) await clock.sleep(backoff.next(), signal);
  }
}

/** One stream, left when it stalls. The time that the reader takes does not count. */
async function* pieces(
  fetch: ContentFetch,
  address: string,
  offset: number,
): AsyncGenerator<Uint8Array, void> {
  const { clock, signal, stallMs } = fetch;
  const stop = new AbortController();
  const end = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  const stream = fetch.primaries.fetchContent(address, fetch.request(offset), { signal: stop.signal });
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const limit = timeLimit(clock, stallMs, `content from ${address}`, signal);
      const next = await orAborted(iterator.next(), limit.signal).finally(() => limit.end());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', end);
    stop.abort(new ProvenderError('PROVENDER_CANCELLED', 'the fetch has ended'));
    // The stream ends by its signal; one that does not heed it must not hold the next source up.
    iterator.return?.().catch(() => undefined);
  }
}

function tooLong(sizeBytes: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_INVALID',
    `content: more than ${sizeBytes} bytes, which the object has`,
  );
}
