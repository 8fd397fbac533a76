import type { Writable } from 'node:stream';
import { MessageBuffers, type TakeBuffer } from './message-buffers.ts';
import { type WaitLimits, Waiter } from './waiter.ts';

/** Messages given to a call and not yet taken by the transport; with 256 KiB each, half a stripe. */
export const SEND_AHEAD = 8;

/** The serializer of a method whose messages `sendMessages` has encoded already. */
export function asEncoded(bytes: Buffer): Buffer {
  return bytes;
}

/** What a send needs besides its messages. */
export interface SendOptions<T> extends WaitLimits {
  /** Makes the bytes of a message, at once: its own buffers may be used again when the next message is asked for. */
  readonly encode: (message: T, take: TakeBuffer) => Buffer;
  /** Ends the send early and quietly: the other end has answered already. */
  readonly isAnswered?: () => boolean;
}

/**
 * Writes messages to a call as fast as the other end takes them, then ends the call's sending side and waits until all has been taken.
 * It counts what each `write` reports back, since `drain` comes only when the queue is empty: that would let the transport run dry, and would
 * not show whether a slow reader reads at all. The source is closed however this ends.
 *
 * @throws the signal's reason, `PROVENDER_TIMEOUT` after `idleMs` in which nothing was taken, and what the source throws
 */
export async function sendMessages<T>(
  call: Writable,
  messages: AsyncIterable<T> | Iterable<T>,
  options: SendOptions<T>,
): Promise<void> {
  const waiter = new Waiter(options, 'the receiver');
  const buffers = new MessageBuffers();
  let waiting = 0;
  const send = (message: T): void => {
    waiting++;
    const bytes = options.encode(message, buffers.take);
    call.write(bytes, () => {
      buffers.give(bytes); // the transport has its own copy
      waiting--;
      waiter.wake();
    });
  };
  const isAnswered = (): boolean => options.isAnswered?.() ?? false;
  // a client's call says 'status' when the other end has answered
  const events = ['finish', 'close', 'status'] as const;
  for (const event of events) call.on(event, waiter.wake);
  try {
    for await (const message of messages) {
      options.signal.throwIfAborted();
      if (isAnswered()) return;
      send(message);
      while (waiting >= SEND_AHEAD && !isAnswered()) await waiter.wait();
    }
    call.end();
    while (!call.writableFinished && !isAnswered()) await waiter.wait();
  } finally {
    for (const event of events) call.off(event, waiter.wake);
    waiter.release();
  }
}
