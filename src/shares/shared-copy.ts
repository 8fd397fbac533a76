const BOUNCE_SIZE = 64 * 1024;
const WORD = 8;
const bounce = new Uint8Array(BOUNCE_SIZE + WORD);

/**
 * Copies `source` to `target` from byte `at`.
 *
 * V8 copies into shared memory word by word when source and target are equally aligned, else byte by byte (290 µs a MiB instead of
 * 37 µs; Node 20, one core). Payloads that come out of a protobuf message lie anywhere, so they go through a small private buffer with the
 * target's alignment (70 µs a MiB in all).
 */
export function copyToShared(target: Uint8Array, at: number, source: Uint8Array): void {
  const skew = (target.byteOffset + at) % WORD;
  if (source.byteOffset % WORD === skew || source.length < WORD) {
    target.set(source, at);
    return;
  }
  for (let done = 0; done < source.length; done += BOUNCE_SIZE) {
    const part = source.subarray(done, done + BOUNCE_SIZE);
    bounce.set(part, skew);
    target.set(bounce.subarray(skew, skew + part.length), at + done);
  }
}
