import type { AdmissionLimits } from './rados-cluster-types.ts';

/** Operations of one crossing at most. */
const MAX_WINDOW = 256;
/** Windows under way at a time: while one ends, the next one is in flight already. */
const LANES = 2;

/** A run of a batch: `first` included, `end` excluded. */
export interface BatchWindow {
  readonly first: number;
  readonly end: number;
}

/** Cuts a batch so that each window fits the bounds of admission; one item that is larger than they are is a window of its own. */
export function cutWindows(
  count: number,
  limits: AdmissionLimits,
  bytesAt: (index: number) => number,
): BatchWindow[] {
  const most = Math.min(MAX_WINDOW, limits.maxInFlight);
  const windows: BatchWindow[] = [];
  let first = 0;
  let bytes = 0;
  for (let at = 0; at < count; at++) {
    const more = bytesAt(at);
    if (at > first && (at - first === most || bytes + more > limits.maxInFlightBytes)) {
      windows.push({ first, end: at });
      first = at;
      bytes = 0;
    }
    bytes += more;
  }
  if (count > first) windows.push({ first, end: count });
  return windows;
}

/** Runs windows in order, two at a time; after a failure no further one starts, and it throws when none runs any more. */
export async function runWindows(
  windows: readonly BatchWindow[],
  run: (window: BatchWindow) => Promise<void>,
): Promise<void> {
  const [only] = windows;
  if (only === undefined) return;
  if (windows.length === 1) return run(only);
  const rest = windows.values();
  const errors: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const window of rest) {
      try {
        await run(window);
      } catch (error) {
        errors.push(error);
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  if (errors.length > 0) throw errors[0];
}
