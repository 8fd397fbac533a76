import { compareBytes } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { StateCompare, StateStep, StateStore, StateTxnResult } from '../../state/state-store.ts';

/** A transaction that puts a record which tells that it was applied. */
export interface ProvenTxn {
  readonly compare: readonly StateCompare[];
  readonly then: readonly StateStep[];
  readonly else?: readonly StateStep[];
  /** One of the records that it puts; whoever else puts the same bytes there has done the same. */
  readonly proof: { readonly key: string; readonly value: Uint8Array };
}

const ATTEMPTS = 3;

/**
 * Runs a transaction whose compares hold only once. An attempt without a clear answer is followed by the next; when that one fails, the proof says
 * whether the one before was applied after all.
 *
 * @returns as the state store does; `succeeded` when any attempt was applied
 * @throws ProvenderError as the state store does; `PROVENDER_AMBIGUOUS` as soon as one attempt had no clear answer and none of the others had one
 */
export async function clearTxn(
  state: StateStore,
  { proof, ...txn }: ProvenTxn,
): Promise<Pick<StateTxnResult, 'succeeded' | 'records'>> {
  let unclear: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const result = await state.txn(txn);
      if (result.succeeded || unclear === undefined) return result;
      const found = await state.get(proof.key);
      const isApplied = found !== undefined && compareBytes(found.value, proof.value) === 0;
      return { succeeded: isApplied, records: result.records };
    } catch (error) {
      if (unclear === undefined && !isProvenderError(error, 'PROVENDER_AMBIGUOUS')) throw error;
      unclear ??= error;
    }
  }
  throw unclear;
}
