/** A process that ends at its n-th durable step: before the step, or when it is done but nobody has heard of it. */
export class Life {
  /** Durable steps so far. */
  steps = 0;
  isOver = false;
  readonly #endsAt: number;
  readonly #when: 'before' | 'behind';

  constructor(endsAt = Number.POSITIVE_INFINITY, when: 'before' | 'behind' = 'behind') {
    this.#endsAt = endsAt;
    this.#when = when;
  }

  /** Does a durable step of this life; what nobody lives to hear is never answered. */
  async step(work: () => unknown): Promise<unknown> {
    this.steps += 1;
    const isLast = this.steps === this.#endsAt;
    if (isLast && this.#when === 'before') this.isOver = true;
    if (this.isOver) return new Promise(() => undefined);
    const answer = await work();
    if (isLast) this.isOver = true;
    return this.isOver ? new Promise(() => undefined) : answer;
  }
}

/** A port whose calls are never answered once the life is over. @param durable - methods whose calls are steps of it */
export function mortal<T extends object>(port: T, life: Life, durable: readonly string[]): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...call: unknown[]): unknown => {
        const work = (): unknown => Reflect.apply(member, target, call);
        if (durable.includes(String(name))) return life.step(work);
        if (!life.isOver) return work();
        return String(name) === 'freeBytes' ? 0 : new Promise(() => undefined);
      };
    },
  });
}
