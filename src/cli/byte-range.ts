import { ProvenderError } from '../content/provender-error.ts';
import { parseSize } from '../node/units.ts';

/** A run of bytes; `length` absent means up to the end. */
export interface ByteRange {
  readonly offset: number;
  readonly length?: number;
}

/**
 * Reads `--range`: `START-END` with both ends included (as curl and HTTP have it), `START-` up to the end, or `START+LENGTH`.
 * Numbers may have units: `1MiB+4KiB`.
 *
 * @throws ProvenderError `PROVENDER_INVALID` for anything else, an end before its start included
 */
export function parseByteRange(text: string): ByteRange {
  const [, first, sign, second] = /^([\d.]+[a-zA-Z]*)([-+])([\d.]*[a-zA-Z]*)$/.exec(text) ?? [];
  if (first === undefined || second === undefined || (sign === '+' && second === '')) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `--range "${text}": write START-END, START- or START+LENGTH`,
    );
  }
  const offset = parseSize(first);
  if (second === '') return { offset };
  if (sign === '+') return { offset, length: parseSize(second) };
  const end = parseSize(second);
  if (end < offset)
    throw new ProvenderError('PROVENDER_INVALID', `--range "${text}": END comes before START`);
  return { offset, length: end - offset + 1 };
}
