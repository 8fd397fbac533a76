/** Bytes of a megabyte: MB/s are decimal here, everywhere. */
export const MB = 1e6;

/** Runs `work` over and over for at least `minMs`; bytes per second in MB/s. `work` returns the bytes of one turn. */
export function megabytesPerSecond(minMs: number, work: () => number): number {
  const startedAt = performance.now();
  let bytes = 0;
  let elapsedMs = 0;
  while (elapsedMs < minMs) {
    bytes += work();
    elapsedMs = performance.now() - startedAt;
  }
  return bytes / MB / (elapsedMs / 1000);
}
