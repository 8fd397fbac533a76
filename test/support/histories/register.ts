import type { HistoryCall } from './call.ts';

/** Writes of a register, each of a value that no other writes, and reads of it. */
export interface RegisterHistory {
  /** Before all calls. */
  readonly first: string;
  readonly writes: readonly (HistoryCall & { readonly value: string })[];
  /** Those that were answered. */
  readonly reads: readonly { readonly fromMs: number; readonly toMs: number; readonly value: string }[];
}

/** All calls on one value: it was the value of the register from `min` to `max`, if `isForward`; else at one moment between them. */
interface Zone {
  readonly value: string;
  readonly min: number;
  readonly max: number;
  readonly isForward: boolean;
}

/**
 * Looks for one order of all calls that explains every read: linearizability of a register whose values are unique, by the zones of its values.
 *
 * @returns what no order explains; `undefined` when all is explained
 * @see P. Gibbons and E. Korach, "Testing Shared Memories", 1997, section 4.3
 */
export function wrongRead(history: RegisterHistory): string | undefined {
  const before = { fromMs: -Infinity, toMs: -Infinity };
  const writes = new Map(history.writes.map((write) => [write.value, write]));
  const zones: Zone[] = [];
  for (const value of [history.first, ...writes.keys()]) {
    const write = writes.get(value);
    const reads = history.reads.filter((read) => read.value === value);
    if (write?.end === 'failed' && reads.length > 0) return `${value} was read, but its write failed`;
    if (write !== undefined && write.end !== 'done' && reads.length === 0) continue;
    const { fromMs, toMs } = write ?? before;
    if (reads.some((read) => read.toMs < fromMs)) return `${value} was read before it was written`;
    const written = write?.end === 'maybe' ? Infinity : toMs;
    zones.push(zoneOf(value, [{ fromMs, toMs: written }, ...reads]));
  }
  const unknown = history.reads.find(({ value }) => value !== history.first && !writes.has(value));
  return unknown === undefined ? clash(zones) : `${unknown.value} was read, but never written`;
}

function zoneOf(value: string, calls: readonly { readonly fromMs: number; readonly toMs: number }[]): Zone {
  const firstEnd = Math.min(...calls.map(({ toMs }) => toMs));
  const lastStart = Math.max(...calls.map(({ fromMs }) => fromMs));
  const [min, max] = [Math.min(firstEnd, lastStart), Math.max(firstEnd, lastStart)];
  return { value, min, max, isForward: firstEnd < lastStart };
}

/** Two values cannot both be there for some time; and one cannot come and go while another is there. */
function clash(zones: readonly Zone[]): string | undefined {
  for (const one of zones.filter(({ isForward }) => isForward))
    for (const other of zones) {
      if (other === one) continue;
      const isWrong = other.isForward
        ? other.min < one.max && one.min < other.max
        : one.min < other.min && other.max < one.max;
      if (isWrong) return `${other.value} was written while ${one.value} was there before and after`;
    }
  return undefined;
}
