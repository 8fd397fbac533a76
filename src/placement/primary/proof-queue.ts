import type { Challenge } from '../../proof/challenge.ts';
import type { Statement } from '../../proof/commitment.ts';
import { verifyProof } from '../../proof/kernels.ts';
import type { Verdict } from '../../proof/verdict.ts';
import type { Clock } from '../clock.ts';

/** A proof, what it is of and what was asked. */
export interface ProofQuestion {
  readonly statement: Statement;
  readonly expected: Challenge;
  readonly proof: Uint8Array;
}

/** Checks init proofs one after the other, with a turn of the event loop between them: one takes some milliseconds. */
export class ProofQueue {
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the verdict, and how long the check took in milliseconds */
  check({ statement, expected, proof }: ProofQuestion): Promise<{ verdict: Verdict; tookMs: number }> {
    const mine = this.#last.then(async () => {
      await this.#clock.sleep(0);
      const startMs = this.#clock.now();
      const verdict = verifyProof(statement, expected, proof);
      return { verdict, tookMs: this.#clock.now() - startMs };
    });
    this.#last = mine.catch(() => undefined); // its caller gets the error
    return mine;
  }
}
