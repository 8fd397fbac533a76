import type { ObjectId } from '../../content/object-id.ts';
import type { NodePeer } from '../ports.ts';
import type { HolderCalls } from './holder-calls.ts';
import { callFailure, HolderFailure } from './holder-failure.ts';

const NOTHING = new Uint8Array();

/** Which bytes of a file are read from a holder. */
export interface BytesQuestion {
  readonly id: ObjectId;
  readonly offset: number;
  readonly length: number;
  readonly signal: AbortSignal;
}

/** The bytes of one call to a holder, in whatever pieces they come. */
export class HolderBytes {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = NOTHING;
  #received = 0;

  constructor(calls: HolderCalls, holder: NodePeer, { id, ...question }: BytesQuestion) {
    this.#pieces = calls.read(holder, id, question)[Symbol.asyncIterator]();
  }

  /** Fills `out` with the next bytes. @throws HolderFailure when they do not come */
  async fill(out: Uint8Array): Promise<void> {
    for (let at = 0; at < out.length; ) {
      if (this.#piece.length === 0 && !(await this.#next()))
        throw new HolderFailure('short', `its answer ends after ${this.#received} bytes`);
      const part = this.#piece.subarray(0, out.length - at);
      out.set(part, at);
      at += part.length;
      this.#piece = this.#piece.subarray(part.length);
    }
  }

  /** Waits for the end of the answer. @throws HolderFailure when more bytes come */
  async finish(): Promise<void> {
    if (this.#piece.length > 0 || (await this.#next()))
      throw new HolderFailure('long', `its answer has ${this.#received} bytes or more`);
  }

  /** Asks for nothing more; what hangs is not waited for. */
  close(): void {
    void this.#pieces.return?.().catch(() => undefined); // the answer is not wanted any more, nor is what ended it
  }

  /** Takes the next piece that has bytes; false at the end. */
  async #next(): Promise<boolean> {
    try {
      for (;;) {
        const next = await this.#pieces.next();
        if (next.done === true) return false;
        this.#piece = next.value;
        this.#received += next.value.length;
        if (next.value.length > 0) return true;
      }
    } catch (error) {
      throw callFailure(error);
    }
  }
}
