import { setTimeout as wait } from 'node:timers/promises';
import { isProvenderError } from '../../content/provender-error.ts';

/** Pause before an operation without an answer is sent again, in milliseconds; an unanswered one has waited for its time-out already. */
const PAUSE_MS = 100;

/** How long to go on, and whom to tell. */
export interface AnswerOptions {
  /** Ends the repetitions; its reason is thrown. */
  readonly signal: AbortSignal;
  readonly onRetry?: (() => void) | undefined;
}

/**
 * Sends an operation again and again until the object store has answered it. Only for operations that are harmless to repeat: guarded ones, reads, and
 * writes of equal bytes under a name that is never used twice.
 *
 * @throws the answer when it is an error, or the reason of the signal
 * @see object-layout.md, section 9
 */
export async function untilAnswered<T>(
  send: () => Promise<T>,
  { signal, onRetry }: AnswerOptions,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      if (!isUnanswered(error)) throw error;
    }
    onRetry?.();
    await wait(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Whether the outcome of an operation is unknown, or it was not sent at all. */
function isUnanswered(error: unknown): boolean {
  return (
    isProvenderError(error, 'PROVENDER_AMBIGUOUS') ||
    isProvenderError(error, 'PROVENDER_TIMEOUT') ||
    isProvenderError(error, 'PROVENDER_BUSY')
  );
}
