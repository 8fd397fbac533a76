import { setFlagsFromString } from 'node:v8';

/** V8's flag: the heap may grow to five times of what lives in it before all of it is collected. */
export const HEAP_GROWTH_FLAG = '--heap-growing-percent=400';

/**
 * Lets the heap of this process grow further between full collections. V8 counts the memory of Buffers to a heap of 20 MB, so a stream of messages of 256 KiB
 * made it mark the whole heap every 35 ms, with helper threads too (seen with --trace-gc at about 300 MB/s). What it costs: docs/performance.md, "Where the time goes".
 * To be called before the work starts, by processes and never by a library.
 */
export function letHeapGrow(): void {
  setFlagsFromString(HEAP_GROWTH_FLAG);
}
