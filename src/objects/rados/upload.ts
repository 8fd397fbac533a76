import type { ObjectId } from '../../content/object-id.ts';
import { Staging } from '../staging.ts';
import type { Tag } from '../tag.ts';
import type { RadosSession, WrittenData } from './rados-session.ts';

/** Data that is being staged, in one session: nothing of it is ever repeated under another one. */
export class Upload {
  readonly session: RadosSession;
  readonly tag: Tag;
  readonly staging: Staging;
  /** Id of the object, where that is known before the publish; stripe 0 then carries it. */
  readonly id: ObjectId | undefined;
  #stripes = 0;
  #rows = false;
  #state: 'staged' | 'undecided' | 'published' = 'staged';
  #givenUp = false;

  constructor(
    session: RadosSession,
    { id, operation }: { id?: ObjectId | undefined; operation?: Uint8Array | undefined },
  ) {
    this.session = session;
    this.tag = session.nextTag();
    this.staging = new Staging(this.tag, operation);
    this.id = id;
  }

  /** Stripe `stripe` is about to be written. */
  writes(stripe: number): void {
    this.#stripes = Math.max(this.#stripes, stripe + 1);
  }

  /** Index rows are about to be written. */
  writesRows(): void {
    this.#rows = true;
  }

  get written(): WrittenData {
    return { stripes: this.#stripes, rows: this.#rows };
  }

  /** A publish goes out: until it is decided the data stays. */
  undecided(): void {
    this.#state = 'undecided';
  }

  /** A publish is on its way, or was and nobody knows yet what became of it. */
  get isUndecided(): boolean {
    return this.#state === 'undecided';
  }

  /** The publish is decided; tells whether the data has to go now: no head names it, and it was given up meanwhile. */
  decided(isPublished: boolean): boolean {
    this.#state = isPublished ? 'published' : 'staged';
    return this.#givenUp && !isPublished;
  }

  /** Nobody wants the data any more; tells whether it may go now. While a publish is undecided it may not; `decided` then tells. */
  giveUp(): boolean {
    this.#givenUp = true;
    return this.#state === 'staged';
  }

  get isGivenUp(): boolean {
    return this.#givenUp;
  }
}
