/** Something that an AbortSignal ends. */
export interface Abortable {
  onAbort(): void;
}

const fans = new WeakMap<AbortSignal, SignalFan>();

/**
 * One listener per signal, however many operations wait for it: Node keeps listeners in a list that each addition and removal walks, and a
 * session hands one signal to thousands of operations. The listener goes when the last operation has ended.
 */
class SignalFan {
  readonly #signal: AbortSignal;
  readonly #members = new Set<Abortable>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(member: Abortable): void {
    if (this.#members.size === 0) this.#signal.addEventListener('abort', this);
    this.#members.add(member);
  }

  delete(member: Abortable): void {
    if (this.#members.delete(member) && this.#members.size === 0)
      this.#signal.removeEventListener('abort', this);
  }

  handleEvent(): void {
    const members = [...this.#members];
    this.#members.clear();
    this.#signal.removeEventListener('abort', this);
    for (const member of members) member.onAbort();
  }
}

/** Calls `onAbort` when the signal aborts, once; not for a signal that has aborted already. */
export function watchSignal(signal: AbortSignal, member: Abortable): void {
  let fan = fans.get(signal);
  if (fan === undefined) {
    fan = new SignalFan(signal);
    fans.set(signal, fan);
  }
  fan.add(member);
}

/** Stops watching; harmless when it was not watched. */
export function unwatchSignal(signal: AbortSignal, member: Abortable): void {
  fans.get(signal)?.delete(member);
}
