import { ProvenderError } from '../../content/provender-error.ts';
import type { StagedContent } from '../ports.ts';

/** Content that one caller has brought or is bringing. */
interface Source {
  content?: StagedContent;
}

/**
 * The bytes of an object that several callers bring at the same time. Each may leave and take its bytes along, or fail to bring them; storers read
 * from any that is there.
 */
export class SharedContent {
  readonly #sources = new Set<Source>();
  #resolve: ((content: StagedContent) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** The content as soon as somebody has brought it; rejects when the last who was bringing it has failed. */
  readonly staged: Promise<StagedContent>;

  constructor() {
    this.staged = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.staged.catch(() => undefined); // the placement gets it
  }

  /** Takes the bytes of a caller. @returns what it calls when it leaves */
  add(staged: Promise<StagedContent>): () => void {
    const source: Source = {};
    this.#sources.add(source);
    staged.then(
      (content) => {
        source.content = content;
        const { facts, id } = content;
        this.#resolve?.({ facts, id, read: (offset, options) => this.#any().read(offset, options) });
      },
      (error: unknown) => {
        this.#sources.delete(source);
        if (this.#sources.size === 0) this.#reject?.(error);
      },
    );
    return () => this.#sources.delete(source);
  }

  #any(): StagedContent {
    for (const { content } of this.#sources) if (content !== undefined) return content;
    throw new ProvenderError(
      'PROVENDER_UNAVAILABLE',
      'who brought the content has left; another copy is on its way',
    );
  }
}
