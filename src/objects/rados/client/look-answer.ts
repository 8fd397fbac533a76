import { ProvenderError } from '../../../content/provender-error.ts';
import type { ReadResult, ReadStep } from './operations.ts';

const NO_BYTES = new Uint8Array();

/** The result of no steps. */
export const NOTHING_FOUND: ReadResult = {
  lengths: [],
  xattrs: undefined,
  stat: undefined,
  omap: undefined,
  more: undefined,
};

/** The answer of a look, read field by field. The addon is built from the same tree, so the shape is what its face says. @see NativePool.look */
class AnswerReader {
  readonly #fields: readonly unknown[];
  readonly #values: Uint8Array;
  #at = 1;
  #valuesAt = 0;

  constructor(extra: unknown) {
    this.#fields = extra as readonly unknown[];
    this.#values = (this.#fields[0] as Uint8Array | undefined) ?? NO_BYTES;
  }

  number(): number {
    return this.#fields[this.#at++] as number;
  }

  pairs(into: Map<string, Uint8Array>): void {
    const { buffer, byteOffset } = this.#values;
    for (let left = this.number(); left > 0; left--) {
      const name = this.#fields[this.#at++] as string;
      const length = this.number();
      into.set(name, new Uint8Array(buffer, byteOffset + this.#valuesAt, length));
      this.#valuesAt += length;
    }
  }

  /** @throws ProvenderError `PROVENDER_INTERNAL` when fields are missing or left over */
  end(): void {
    if (this.#at === this.#fields.length && this.#valuesAt === this.#values.length) return;
    throw new ProvenderError('PROVENDER_INTERNAL', 'rados.node: the answer to a look has another shape');
  }
}

/** The result of a look from the extra that the addon gave for its steps; one shape for all, since property lookups are on the hot path. */
export function lookResult(steps: readonly ReadStep[], extra: unknown): ReadResult {
  const reader = new AnswerReader(extra);
  const lengths: number[] = [];
  let xattrs: Map<string, Uint8Array> | undefined;
  let stat: ReadResult['stat'];
  let omap: Map<string, Uint8Array> | undefined;
  let more: boolean | undefined;
  for (const step of steps) {
    switch (step.do) {
      case 'read':
        lengths.push(reader.number());
        break;
      case 'xattrs':
        reader.pairs((xattrs ??= new Map()));
        break;
      case 'stat':
        stat = { size: reader.number(), mtimeMs: reader.number() };
        break;
      case 'omapKeys':
        reader.pairs((omap ??= new Map()));
        break;
      case 'omapRange':
        reader.pairs((omap ??= new Map()));
        more = reader.number() !== 0 || more === true;
        break;
    }
  }
  reader.end();
  return { lengths, xattrs, stat, omap, more };
}

/** Turns the extra of a stat into its result. */
export function statResult(extra: unknown): { size: number; mtimeMs: number } {
  const [size, mtimeMs] = extra as readonly [number, number];
  return { size, mtimeMs };
}
