import type { Readable } from 'node:stream';
import { ProvenderError } from '../content/provender-error.ts';
import { type WaitLimits, Waiter } from './waiter.ts';

/**
 * Gives the messages of a call one by one. While the consumer is busy nothing is read beyond the call's own buffer, so back-pressure reaches
 * the sender. The call is left as it is when the consumer stops early; who owns it decides.
 *
 * @throws the signal's reason, `PROVENDER_TIMEOUT` after `idleMs` in which the consumer waited and nothing came, and the call's own error
 */
export async function* receiveMessages<T>(
  call: Readable & { read(): T | null },
  limits: WaitLimits,
): AsyncGenerator<T, void, undefined> {
  const waiter = new Waiter(limits, 'the sender');
  let failure: Error | undefined;
  const onError = (error: Error): void => {
    failure = error;
    waiter.wake();
  };
  const events = ['readable', 'end', 'close'] as const;
  for (const event of events) call.on(event, waiter.wake);
  call.on('error', onError);
  try {
    for (;;) {
      limits.signal.throwIfAborted();
      if (failure !== undefined) throw failure;
      const message = call.read();
      if (message !== null) yield message;
      else if (call.readableEnded) return;
      else if (call.destroyed) throw new ProvenderError('PROVENDER_CANCELLED', 'the call has ended');
      else await waiter.wait();
    }
  } finally {
    for (const event of events) call.off(event, waiter.wake);
    waiter.release();
    // an error after the consumer has gone has no one to tell; without a listener it would end the process
    if (failure === undefined) call.on('error', () => undefined);
    call.off('error', onError);
  }
}
