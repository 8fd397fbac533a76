// How far the actors can be; each can be DEAD (15) as well.

/** How far a writer is. */
export const WRITER = {
  /** Replace: read the head first. */
  read: 0,
  stage: 1,
  check: 2,
  pay: 3,
  publish: 4,
  /** Its publish answered -ECANCELED: read both rows. */
  judge: 5,
  dropOwn: 6,
  acknowledged: 7,
  /** Its object was removed: delete the data, then the row. */
  clean: 8,
  purge: 9,
  idle: 10,
  /** The session ended politely. */
  left: 11,
} as const;

/** How far the remover is. */
export const REMOVER = {
  look: 0,
  remove: 1,
  /** Its guard failed: read whether an earlier send of it did the work. */
  judge: 2,
  deleteData: 3,
  purge: 4,
  done: 5,
} as const;

/** How far a sweeper is. */
export const SWEEPER = {
  idle: 0,
  blocklist: 1,
  barrier: 2,
  list: 3,
  readCatalog: 4,
  askPayment: 5,
  fenceData: 6,
  publish: 7,
  judge: 8,
  drop: 9,
  rows: 10,
  rowData: 11,
  rowPurge: 12,
  removeRecord: 13,
  /** The closer of its victim is fenced first. */
  blocklistCloser: 14,
  barrierCloser: 16,
  takeOver: 17,
  /** The janitor's part: rows of sessions that are gone. */
  goneData: 18,
  gonePurge: 19,
} as const;
