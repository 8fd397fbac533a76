import { z } from 'zod';
import { isProvenderError } from '../content/provender-error.ts';
import { parseAddress, parseDuration, parseSize } from './units.ts';

/** Wraps a parser of texts, so that flags, environment and YAML scalars go the same way. */
function parsed<T>(parse: (text: string) => T) {
  return z.transform((value: unknown, context): T => {
    const problem =
      typeof value === 'string' || typeof value === 'number' ? undefined : 'is no text or number';
    try {
      if (problem === undefined) return parse(String(value));
    } catch (error) {
      if (!isProvenderError(error)) throw error;
      context.issues.push({ code: 'custom', message: error.message, input: value });
      return z.NEVER;
    }
    context.issues.push({ code: 'custom', message: problem, input: value });
    return z.NEVER;
  });
}

/** A size of at least `min` bytes, with or without a unit. */
export const bytes = (min: number) => parsed(parseSize).pipe(z.number().min(min, `at least ${min} bytes`));

/** A time span from `minMs` to `maxMs`, with its unit; milliseconds inside. */
export const duration = (maxMs: number, minMs = 0) =>
  parsed(parseDuration).pipe(z.number().min(minMs, `at least ${minMs} ms`).max(maxMs, `at most ${maxMs} ms`));

/** A whole number from `min` to `max`. */
export const count = (min: number, max: number) =>
  parsed(Number).pipe(z.int('is no whole number').min(min, `at least ${min}`).max(max, `at most ${max}`));

/** `host:port`. */
export const address = parsed(parseAddress);

/** Several of one kind: a list in the file, separated by commas elsewhere. */
export const listOf = <T extends z.ZodType>(entry: T, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((one) => one.trim()) : value),
    z.array(entry, 'is no list').min(1, 'is empty').max(most, `at most ${most}`),
  );

/** A text that says something. */
export const text = z.string('is no text').min(1, 'is empty');

/** A switch: true or false, or a word for it. */
export const flag = z
  .stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] })
  .or(z.boolean());
