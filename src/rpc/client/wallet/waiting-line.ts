import { ProvenderError } from '../../../content/provender-error.ts';
import type { LockWait } from './channel-lock.ts';

/** Lets callers of one process in one at a time, in the order in which they came. */
export class WaitingLine {
  #last: Promise<void> = Promise.resolve();

  /**
   * Waits for the caller's turn.
   * @returns ends the turn
   * @throws ProvenderError `PROVENDER_BUSY` after `waitMs`; the signal's reason
   */
  async enter({ waitMs, signal }: LockWait): Promise<() => void> {
    signal?.throwIfAborted();
    const before = this.#last;
    let leave = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // whoever gives up waiting must not let the next one pass the one before
    this.#last = before.then(() => turn);
    try {
      await until(before, { waitMs, signal });
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }
}

async function until(before: Promise<void>, { waitMs, signal }: LockWait): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => finish(signal?.reason);
    const late = new ProvenderError(
      'PROVENDER_BUSY',
      `other calls on this channel took more than ${waitMs} ms: repeat, allow more time, or use another channel`,
    );
    const timer = setTimeout(() => finish(late), waitMs);
    const finish = (error?: unknown): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error('aborted', { cause: error }));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    void before.then(() => finish());
  });
}
