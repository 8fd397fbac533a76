/** A call on one object, and what its caller was told. Times are of one clock. */
export interface HistoryEntry {
  readonly startedMs: number;
  readonly endedMs: number;
  /**
   * `made`: a set that made the object. `held`: a set that found it. `removed`: a removal that did it. `found`, `absent`: what a read or a removal found.
   * `maybe set`, `maybe removed`: calls without an answer, which may take effect at any time from their start on, or never.
   */
  readonly told: 'made' | 'held' | 'removed' | 'found' | 'absent' | 'maybe set' | 'maybe removed';
  /** Whom the call went to, for people. */
  readonly by: string;
}

/** What each answer needs to be there before, and leaves. */
const EFFECTS: Readonly<Record<HistoryEntry['told'], { before?: boolean; after: boolean }>> = {
  made: { before: false, after: true },
  held: { before: true, after: true },
  removed: { before: true, after: false },
  found: { before: true, after: true },
  absent: { before: false, after: false },
  'maybe set': { after: true },
  'maybe removed': { after: false },
};

/** One way in which all could have happened so far: whether the object is there, and which of the open calls have taken effect. */
interface Way {
  readonly isThere: boolean;
  readonly done: ReadonlySet<HistoryEntry>;
}

/**
 * Looks for one order of all calls on an object that explains every answer, each call having taken effect at one moment between its start and its end:
 * linearizability, as Wing and Gong defined it, for something that is there or not.
 *
 * @returns the first answer that no order explains; `undefined` when all are explained
 */
export function firstUnexplained(entries: readonly HistoryEntry[]): HistoryEntry | undefined {
  const isOpen = ({ told }: HistoryEntry): boolean => told === 'maybe set' || told === 'maybe removed';
  const moments = entries.flatMap((entry) => [
    { atMs: entry.startedMs, isEnd: false, entry },
    ...(isOpen(entry) ? [] : [{ atMs: entry.endedMs, isEnd: true, entry }]),
  ]);
  // starts before ends: calls that touch are taken to overlap
  moments.sort((a, b) => a.atMs - b.atMs || Number(a.isEnd) - Number(b.isEnd));
  const open = new Set<HistoryEntry>();
  let ways: readonly Way[] = [{ isThere: false, done: new Set() }];
  for (const { isEnd, entry } of moments) {
    if (!isEnd) {
      open.add(entry);
      continue;
    }
    ways = waysWith(ways, open, entry);
    if (ways.length === 0) return entry;
    open.delete(entry);
  }
  return undefined;
}

/** All ways in which `entry` has taken effect by now, perhaps after others of the open calls. */
function waysWith(
  ways: readonly Way[],
  open: ReadonlySet<HistoryEntry>,
  entry: HistoryEntry,
): readonly Way[] {
  const nameOf = ({ isThere, done }: Way): string =>
    `${isThere} ${[...open].map((one) => (done.has(one) ? 1 : 0)).join('')}`;
  const known = new Map(ways.map((way) => [nameOf(way), way]));
  // what is added while it is walked over is walked over too
  for (const way of known.values()) {
    if (way.done.has(entry)) continue;
    for (const next of open) {
      const { before = way.isThere, after } = EFFECTS[next.told];
      if (way.done.has(next) || before !== way.isThere) continue;
      const longer = { isThere: after, done: new Set(way.done).add(next) };
      if (!known.has(nameOf(longer))) known.set(nameOf(longer), longer);
    }
  }
  return [...known.values()]
    .filter(({ done }) => done.has(entry))
    .map(({ isThere, done }) => ({ isThere, done: new Set([...done].filter((one) => one !== entry)) }));
}
