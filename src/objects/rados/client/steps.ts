import { ProvenderError } from '../../../content/provender-error.ts';
import { checkBytes, checkOmapKey, checkWhole, checkXattrName, MAX_CALL_BYTES } from './check-arguments.ts';
import { type NativeStep, STEP } from './native-binding.ts';
import type { ReadStep, WriteStep } from './operations.ts';

/** Steps as the addon takes them. */
export interface FlatSteps {
  readonly steps: readonly NativeStep[];
  /** Bytes that they carry (writes) or ask for (reads). */
  readonly bytes: number;
}

/** An operation counts its steps in a u16 on its way to an OSD. */
const MAX_STEPS = 65_535;
/** Rows of one `omapRange`: what the OSD gives at most. */
export const MAX_OMAP_ROWS = 1024;

function flattenWrite(step: WriteStep): NativeStep {
  switch (step.do) {
    case 'create':
      return [STEP.create, step.exclusive];
    case 'assertExists':
      return [STEP.assertExists];
    case 'writeFull':
      checkBytes('bytes of a write', step.bytes);
      return [STEP.writeFull, step.bytes];
    case 'write':
      checkWhole('offset', step.offset, 0);
      checkBytes('bytes of a write', step.bytes);
      return [STEP.write, step.offset, step.bytes];
    case 'remove':
      return [STEP.remove];
    case 'setXattr':
    case 'cmpXattr':
      checkXattrName(step.name);
      checkBytes('value of an attribute', step.value);
      return [STEP[step.do], step.name, step.value];
    case 'omapSet':
      return flattenRows(step.rows);
    case 'omapRemove':
      return flattenKeys(STEP.omapRemove, step.keys);
    case 'omapCmp':
      checkOmapKey(step.key);
      checkBytes('value of a row', step.value);
      return [STEP.omapCmp, step.key, step.value];
  }
}

function flattenRows(rows: readonly (readonly [key: string, value: Uint8Array])[]): NativeStep {
  const flat: unknown[] = [STEP.omapSet];
  for (const [key, value] of rows) {
    checkOmapKey(key);
    checkBytes('value of a row', value);
    flat.push(key, value);
  }
  return flat;
}

function flattenKeys(code: number, keys: readonly string[]): NativeStep {
  for (const key of keys) checkOmapKey(key);
  return [code, ...keys];
}

function flattenRead(step: ReadStep): NativeStep {
  switch (step.do) {
    case 'read':
      checkWhole('offset', step.offset, 0);
      checkWhole('length', step.length, 0, MAX_CALL_BYTES);
      return [STEP.read, step.offset, step.length];
    case 'xattrs':
    case 'stat':
      return [STEP[step.do]];
    case 'omapKeys':
      return flattenKeys(STEP.omapKeys, step.keys);
    case 'omapRange':
      checkOmapKey(step.after, 0);
      checkOmapKey(step.prefix, 0);
      checkWhole('limit', step.limit, 1, MAX_OMAP_ROWS);
      return [STEP.omapRange, step.after, step.prefix, step.limit];
  }
}

function checkCount(steps: readonly unknown[]): void {
  if (steps.length === 0 || steps.length > MAX_STEPS) {
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `an operation of ${steps.length} steps, must have 1 to ${MAX_STEPS}`,
    );
  }
}

/** Bytes of all buffers in a flat step. */
function bytesOf(step: NativeStep): number {
  let bytes = 0;
  for (const field of step) if (field instanceof Uint8Array) bytes += field.length;
  return bytes;
}

/** Bytes of all buffers of flat steps; fewer than before when one was transferred away. */
export function bytesOfSteps(steps: readonly NativeStep[]): number {
  let bytes = 0;
  for (const step of steps) bytes += bytesOf(step);
  return bytes;
}

/** Checks and flattens the steps of a write. @throws ProvenderError `PROVENDER_INVALID` */
export function flattenWrites(steps: readonly WriteStep[]): FlatSteps {
  checkCount(steps);
  const flat = steps.map(flattenWrite);
  return { steps: flat, bytes: bytesOfSteps(flat) };
}

/** Checks and flattens the steps of a read. @throws ProvenderError `PROVENDER_INVALID` */
export function flattenReads(steps: readonly ReadStep[]): FlatSteps {
  checkCount(steps);
  const flat = steps.map(flattenRead);
  let bytes = 0;
  for (const step of steps) if (step.do === 'read') bytes += step.length;
  return { steps: flat, bytes };
}
