/** Keeps verified columns of tree roots, the least recently used go first. Bounded in bytes; keys name a tag, which never comes back. */
export class TreeCache {
  readonly #limitBytes: number;
  readonly #columns = new Map<string, Uint8Array>();
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes of the columns that are kept. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  get(key: string): Uint8Array | undefined {
    const column = this.#columns.get(key);
    if (column === undefined) return undefined;
    this.#columns.delete(key);
    this.#columns.set(key, column);
    return column;
  }

  /** Keeps a verified column, which nobody changes from here on. One that is larger than the limit is not kept. */
  put(key: string, column: Uint8Array): void {
    this.#drop(key);
    if (column.length > this.#limitBytes) return;
    this.#columns.set(key, column);
    this.#usedBytes += column.length;
    for (const oldest of this.#columns.keys()) {
      if (this.#usedBytes <= this.#limitBytes) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#usedBytes -= this.#columns.get(key)?.length ?? 0;
    this.#columns.delete(key);
  }
}
