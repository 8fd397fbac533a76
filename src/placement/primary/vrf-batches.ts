import type { VrfEngine, VrfQuestion } from '../ports.ts';

/** Questions that go to the engine together. */
const MOST_QUESTIONS = 64;

interface Asked {
  readonly question: VrfQuestion;
  readonly resolve: (output: Uint8Array | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects proofs of the lottery while others are checked, so that they go to the workers in batches. */
export class VrfBatches {
  readonly #engine: Pick<VrfEngine, 'verify'>;
  #waiting: Asked[] = [];
  #isRunning = false;

  constructor(engine: Pick<VrfEngine, 'verify'>) {
    this.#engine = engine;
  }

  /** β of a proof; `undefined` when it does not hold. @throws what the engine throws */
  verify(question: VrfQuestion): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    await Promise.resolve(); // claims of one turn go together
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MOST_QUESTIONS);
      this.#waiting = this.#waiting.slice(batch.length);
      try {
        const outputs = await this.#engine.verify(batch.map(({ question }) => question));
        for (const [i, { resolve }] of batch.entries()) resolve(outputs[i]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
