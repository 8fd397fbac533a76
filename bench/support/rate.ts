import { cpuTime } from '../framework/commands.ts';

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

/**
 * Runs `work` once or more, for at least `minMs`; what its turns return, per second that this thread was on a core. So other programs that take
 * the core meanwhile count for nothing.
 */
export function perCoreSecond(minMs: number, work: () => number): number {
  const startedAt = performance.now();
  const { loopMs: before } = cpuTime();
  let done = 0;
  do done += work();
  while (performance.now() - startedAt < minMs);
  return done / ((cpuTime().loopMs - before) / 1000);
}
