import { SingleBar } from 'cli-progress';
import type { ProgressStyle } from '../progress.ts';

/** Shows on standard error how many steps of a known number are done. */
export class StepProgress implements Disposable {
  readonly #bar: SingleBar | undefined;
  readonly #label: string;
  readonly #style: ProgressStyle;
  readonly #steps: number;
  #done = 0;

  constructor(style: ProgressStyle, label: string, steps: number) {
    this.#style = steps < 2 ? 'none' : style;
    this.#label = label;
    this.#steps = steps;
    if (this.#style !== 'bar') return;
    const format = `${label} {bar} {value} of {total} | {eta_formatted} left`;
    this.#bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, barsize: 24 });
    this.#bar.start(steps, 0);
  }

  /** One more is done. */
  step(): void {
    this.#done++;
    this.#bar?.update(this.#done);
    if (this.#style === 'lines') process.stderr.write(`${this.#label} ${this.#done} of ${this.#steps}\n`);
  }

  /** Ends the display; the cursor is back. */
  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
