import { SingleBar } from 'cli-progress';
import { formatSize } from '../node/units.ts';

/** How progress is shown: a bar on a terminal, a line for each tenth in a pipe when asked for, or not at all. */
export type ProgressStyle = 'bar' | 'lines' | 'none';

/** Chooses the style: never with `--quiet` or `--json`; in a pipe only with `--progress`. */
export function progressStyle(options: {
  readonly isTerminal: boolean;
  readonly isSilent: boolean;
  readonly isWanted: boolean;
}): ProgressStyle {
  if (options.isSilent) return 'none';
  if (options.isTerminal) return 'bar';
  return options.isWanted ? 'lines' : 'none';
}

/** Shows on standard error how far a transfer of known size is, with rate and remaining time. One at a time. */
export class Progress implements Disposable {
  readonly #style: ProgressStyle;
  readonly #label: string;
  readonly #totalBytes: number;
  readonly #startedAt = performance.now();
  readonly #bar: SingleBar | undefined;
  #doneBytes = 0;
  #shownTenths = 0;

  constructor(style: ProgressStyle, label: string, totalBytes: number) {
    this.#style = totalBytes === 0 ? 'none' : style;
    this.#label = label;
    this.#totalBytes = totalBytes;
    if (this.#style !== 'bar') return;
    this.#bar = new SingleBar({
      format: `${label} {bar} {percentage}% | {done} of {size} | {rate}/s | {remaining} left`,
      stream: process.stderr,
      hideCursor: true,
      barsize: 24,
      fps: 8,
    });
    this.#bar.start(totalBytes, 0, this.#figures());
  }

  /** Counts bytes that are done. */
  add(bytes: number): void {
    this.#doneBytes += bytes;
    if (this.#style === 'bar') this.#bar?.update(this.#doneBytes, this.#figures());
    if (this.#style === 'lines') this.#showTenths();
  }

  /** Passes bytes through and counts them. */
  async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      yield piece;
      this.add(piece.length);
    }
  }

  /** Ends the display; the cursor is back. */
  [Symbol.dispose](): void {
    this.#bar?.stop();
  }

  #showTenths(): void {
    const tenths = Math.floor((this.#doneBytes * 10) / this.#totalBytes);
    if (tenths <= this.#shownTenths) return;
    this.#shownTenths = tenths;
    const { done, size, rate, remaining } = this.#figures();
    process.stderr.write(
      `${this.#label} ${tenths * 10}% | ${done} of ${size} | ${rate}/s | ${remaining} left\n`,
    );
  }

  #figures(): { done: string; size: string; rate: string; remaining: string } {
    const seconds = Math.max(0.001, (performance.now() - this.#startedAt) / 1000);
    const bytesPerSecond = this.#doneBytes / seconds;
    const left = bytesPerSecond === 0 ? undefined : (this.#totalBytes - this.#doneBytes) / bytesPerSecond;
    return {
      done: formatSize(this.#doneBytes),
      size: formatSize(this.#totalBytes),
      rate: formatSize(Math.round(bytesPerSecond)),
      remaining: left === undefined ? '?' : formatSeconds(left),
    };
  }
}

/** Writes seconds for people: `4 s`, `2 m 05 s`, `1 h 02 m`. */
function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} m`;
}
