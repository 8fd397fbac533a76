import type { Width } from '../model/known-states.ts';
import { AT, SESSIONS } from './state.ts';

/** Bits of each fact of a state. */
export const WIDTHS: readonly Width[] = [
  { at: AT.head, bits: 2, times: 1 },
  { at: AT.rows, bits: 2, times: 1 },
  { at: AT.data, bits: 2, times: 1 },
  { at: AT.mark, bits: 2, times: 1 },
  { at: AT.published, bits: 2, times: 1 },
  { at: AT.removed, bits: 2, times: 1 },
  { at: AT.late, bits: 2, times: 1 },
  { at: AT.held, bits: 2, times: 1 },
  { at: AT.broken, bits: 2, times: 1 },
  { at: AT.record, bits: 3, times: SESSIONS },
  { at: AT.fence, bits: 2, times: SESSIONS },
  { at: AT.step, bits: 4, times: 3 },
  { at: AT.step + 3, bits: 5, times: 2 },
  { at: AT.catalogOp, bits: 3, times: SESSIONS },
  { at: AT.dataOp, bits: 2, times: SESSIONS },
  { at: AT.seenByWriter, bits: 2, times: 2 },
  { at: AT.target, bits: 3, times: 2 },
  { at: AT.closer, bits: 3, times: 2 },
  { at: AT.fenced, bits: 5, times: 2 },
  { at: AT.reader, bits: 2, times: 2 },
  { at: AT.refused, bits: 5, times: 1 },
];
