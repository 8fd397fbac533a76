// The state of the model: one byte for each fact. Known states are kept packed (widths.ts).

/** Actors with sessions, by number; writer i stages tag i + 1. */
export const ACTOR = { writer0: 0, writer1: 1, remover: 2, sweeper0: 3, sweeper1: 4 } as const;
/** Sessions of the model. */
export const SESSIONS = 5;

/** Where each fact lies. */
export const AT = {
  /** Tag of the head of the one object id; 0: none. */
  head: 0,
  /** Bit of tag t: row `g.<tag t>` stands. */
  rows: 1,
  /** Bit of tag t: the data of tag t is there. */
  data: 2,
  /** What stands at `paid/<op>` for tag 1: a MARK. */
  mark: 3,
  /** Ghost, bit of tag t: a publish of tag t landed. */
  published: 4,
  /** Ghost, bit of tag t: the head with tag t was removed or replaced by somebody who had seen it. */
  removed: 5,
  /** Ghost, bit of tag t: data of tag t landed after the fence of its session. Swept later with the data of sessions without a record. */
  late: 6,
  /** Ghost, bit of tag t: an upload of tag t was told that another object stands under its id. */
  held: 7,
  /** Ghost: a property that a step broke at once, a BROKEN. */
  broken: 8,
  /** Per session: a RECORD, or 1 + the session that closes it. */
  record: 10,
  /** Per session: a FENCE. */
  fence: 15,
  /** Per session: how far it is; numbers of writer.ts, remover.ts, sweeper.ts. */
  step: 20,
  /** Per session: an unanswered operation on the catalog that may still land, an OP. */
  catalogOp: 25,
  /** Per session: an unanswered operation on staged data that may still land, an OP. */
  dataOp: 30,
  /** Tag that writer 1 (replace) and the remover have seen. */
  seenByWriter: 35,
  seenByRemover: 36,
  /** Per sweeper: 1 + the session or, for rows of gone sessions, the tag it works on. */
  target: 37,
  /** Per sweeper: 1 + the closer that it fences first. */
  closer: 39,
  /** Per sweeper, bits: sessions it has fenced. */
  fenced: 41,
  /** The reader: 0 idle, 1 has a head, 2 found no stripe; and the tag of its head. */
  reader: 43,
  readerTag: 44,
  /** Bits: sessions that the OSDs of the data of tag 1, the paid one, refuse. */
  refused: 45,
  size: 46,
} as const;

/** Values of `record`; above 0 and below `gone`: closed by session value - 1. */
export const RECORD = { open: 0, gone: 7 } as const;
/** `listed`: on the blocklist, but the OSDs have not heard of it; `known`: the catalog's OSDs refuse the client. */
export const FENCE = { none: 0, listed: 1, known: 2 } as const;
/** What was decided about the payment of tag 1. */
export const MARK = { none: 0, drop: 1, paid: 2 } as const;
/** Operations that may be unanswered; publish, purge and drop are followed by their tag: `OP.purge + tag`. */
export const OP = { none: 0, publish: 0, purge: 2, remove: 5, replace: 6, drop: 0, write: 3 } as const;
/** The step of a session that was refused. */
export const DEAD = 15;
/** Properties that a step breaks at once. */
export const BROKEN = { none: 0, publishedTwice: 1, corrupt: 2 } as const;

/** A state. */
export type State = Uint8Array;

/** Reads one fact. */
export function get(state: State, at: number): number {
  return state[at] ?? 0;
}

/** Whether the bit of a tag is set in a fact. */
export function hasTag(state: State, at: number, tag: number): boolean {
  return (get(state, at) & (1 << (tag - 1))) !== 0;
}

/** Sets the bit of a tag. */
export function addTag(state: State, at: number, tag: number): void {
  state[at] = get(state, at) | (1 << (tag - 1));
}

/** Clears the bit of a tag. */
export function dropTag(state: State, at: number, tag: number): void {
  state[at] = get(state, at) & ~(1 << (tag - 1));
}
