/** Gives the bytes that an encoder writes a message into, uninitialised. */
export type TakeBuffer = (sizeBytes: number) => Buffer;

/** The largest message that is worth keeping a buffer for: 64 chunks with their ids. */
const CAPACITY = 272 * 1024;
/** Smaller messages come out of Node's own pool. */
const WORTH_KEEPING = 32 * 1024;

/**
 * Buffers of one stream's messages, used again once the transport has copied them. Fresh ones of this size come straight from the kernel,
 * which has to clear them first: that costs more than writing them.
 */
export class MessageBuffers {
  readonly #free: Buffer[] = [];
  readonly #lent = new Map<ArrayBufferLike, Buffer>();

  readonly take: TakeBuffer = (sizeBytes) => {
    if (sizeBytes < WORTH_KEEPING || sizeBytes > CAPACITY) return Buffer.allocUnsafe(sizeBytes);
    const whole = this.#free.pop() ?? Buffer.allocUnsafeSlow(CAPACITY);
    this.#lent.set(whole.buffer, whole);
    return whole.subarray(0, sizeBytes);
  };

  /** Takes a message back; one that did not come from here is left alone. */
  give({ buffer }: Buffer): void {
    const whole = this.#lent.get(buffer);
    if (whole === undefined) return;
    this.#lent.delete(buffer);
    this.#free.push(whole);
  }
}
