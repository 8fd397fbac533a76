import type { StateStore, StateTxn, StateTxnResult, StateOptions } from '../../../src/state/state-store.ts';

/** On its way: long enough to be written to the socket, short enough to be without an answer. */
const ON_ITS_WAY_MS = 1;

/** Counts steps and ends the process, as a crash does, at the one that was asked for. */
export class Steps {
  #left = 0;
  #isLate = false;

  /** From now on: dies at this step, from 1. */
  dieAt(step: number, isLate: boolean): void {
    this.#left = step;
    this.#isLate = isLate;
  }

  /** A step is reached. */
  reach(): void {
    if (this.#isLast()) die();
  }

  /** A step that sends something. */
  async send<T>(send: () => Promise<T>): Promise<T> {
    if (!this.#isLast()) return send();
    if (!this.#isLate) die();
    setTimeout(die, ON_ITS_WAY_MS);
    await send();
    return die();
  }

  #isLast(): boolean {
    return this.#left > 0 && --this.#left === 0;
  }
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
}

/** The same store, whose transactions are steps: one before each is sent, one after it was answered. */
export function steppedState(inner: StateStore, steps: Steps): StateStore {
  const txn = async (request: StateTxn, options?: StateOptions): Promise<StateTxnResult> => {
    const result = await steps.send(() => inner.txn(request, options));
    steps.reach();
    return result;
  };
  return new Proxy(inner, {
    get: (target, name) => {
      if (name === 'txn') return txn;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
