/** Where progress goes; `process.stderr` fits. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[2K';

function clock(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Shows where a run is: one line that is written over on a terminal, one line per step otherwise. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #name: string;
  readonly #startedAt = performance.now();
  #planned = 0;
  #done = 0;

  constructor(name: string, stream: ProgressStream) {
    this.#name = name;
    this.#stream = stream;
  }

  /** Says how many steps are coming, besides those said before. */
  plan(steps: number): void {
    this.#planned += steps;
  }

  /** Runs one step under its name. */
  async step<T>(text: string, work: () => Promise<T>): Promise<T> {
    const elapsed = performance.now() - this.#startedAt;
    const left =
      this.#done === 0 ? '' : `, about ${clock((elapsed / this.#done) * (this.#planned - this.#done))} left`;
    const line = `${this.#name} ${this.#done + 1}/${Math.max(this.#planned, this.#done + 1)} ${text} (${clock(elapsed)}${left})`;
    if (this.#stream.isTTY === true)
      this.#stream.write(CLEAR_LINE + line.slice(0, (this.#stream.columns ?? 80) - 1));
    else this.#stream.write(`${line}\n`);
    const result = await work();
    this.#done += 1;
    return result;
  }

  /** Takes the line away. */
  end(): void {
    if (this.#stream.isTTY === true) this.#stream.write(CLEAR_LINE);
  }
}
