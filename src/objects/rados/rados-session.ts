import type { Tag } from '../tag.ts';
import type { RadosPool } from './client/rados-pool.ts';
import type { RemovedObject } from './removed-row.ts';

/**
 * One opening of the store by this pod, as the adapter uses it. It ends with its fence, with the loss of its record or of its connection, or with
 * `Sessions.close`; work of an ended session is never repeated under the next one.
 *
 * @see object-layout.md, section 4
 */
export interface RadosSession {
  /** A, from 1, never reused. */
  readonly number: number;
  /** Namespace NS. */
  readonly objects: RadosPool;
  /** Namespace NS`.data`. */
  readonly data: RadosPool;
  /** As `init` fixed it. */
  readonly indexShards: number;
  /** A tag that was never given before. @throws ProvenderError `PROVENDER_UNAVAILABLE` when all 2^32 are used */
  nextTag(): Tag;
  /**
   * Aborted at the end of the session; its reason is a ProvenderError `PROVENDER_UNAVAILABLE` (`PROVENDER_CLOSED` after close). The operations in
   * flight are cancelled then; a call that sees this signal aborted fails with its reason, whatever the operation said.
   */
  readonly ended: AbortSignal;
  /** Tells what an operation of this session failed with: -108 (blocklisted) and -107 end the session, all else is ignored. */
  failed(error: unknown): void;
}

/** What was written of data that is given up. */
export interface WrittenData {
  /** Stripes 0 to this number, excluded, may exist. */
  readonly stripes: number;
  /** Whether index rows may have been written. */
  readonly rows: boolean;
}

/** Removes data that no head names: what own calls gave up, and what was removed, after the running readers. */
export interface Janitor {
  /** A publish or replace that names own `tag` goes out. Until it has been answered nobody removes the row `g.<tag>`. */
  publishing(tag: Tag): void;
  /** The publish of `tag` has been answered, one way or the other: no repetition of it is on its way. */
  published(tag: Tag): void;
  /**
   * Deletes what is staged under `tag`: all its writes have been answered or will be before the deletions (same client, same objects), and no publish
   * of it is on its way. What cannot be deleted now is tried again each minute; what belongs to an ended session the sweep takes.
   *
   * @throws what the first attempt failed with
   */
  dropStaged(tag: Tag, written: WrittenData): Promise<void>;
  /** The row `g.<tag>` stands: its data goes after the removal delay, then, by the owner's rule, the row. */
  removed(tag: Tag, object: RemovedObject): void;
  /** Milliseconds by which the oldest duty is late; 0 when none is. */
  lagMs(): number;
}
