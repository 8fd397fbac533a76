/** A value that will be there later. Nobody needs to wait for one that never comes. */
export class PromisedValue<T> {
  readonly promise: Promise<T>;
  #resolve: (value: T) => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => undefined); // those who wait get the reason
  }

  /** Gives the value; a second one has no effect. */
  resolve(value: T): void {
    this.#resolve(value);
  }

  /** Says that it never comes; without effect when it is there. */
  reject(reason: Error): void {
    this.#reject(reason);
  }
}
