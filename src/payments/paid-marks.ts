import { isProvenderError } from '../content/provender-error.ts';
import type { PaymentDecision, PaymentMarks } from '../objects/payment-marks.ts';
import { parseTag } from '../objects/tag.ts';
import type { StateStore } from '../state/state-store.ts';
import type { PaymentKeys } from './payment-keys.ts';
import { decodePaidMark, encodePaidMark } from './records/paid-mark.ts';

/** Times that an unclear question is asked: the answer never changes, so asking again is harmless. */
const ATTEMPTS = 4;

/** Decides about staged data over the state store of the payments. Exists before the object store opens, whose recovery asks it. */
export class PaymentMarksStore implements PaymentMarks {
  readonly #state: StateStore;
  readonly #keys: PaymentKeys;

  constructor(parts: { readonly state: StateStore; readonly keys: PaymentKeys }) {
    this.#state = parts.state;
    this.#keys = parts.keys;
  }

  /**
   * @param operation - 16 bytes
   * @throws ProvenderError as the state store does, `PROVENDER_CHANNEL` for a mark of another form
   */
  async dropOrPublish(operation: Uint8Array): Promise<PaymentDecision> {
    const key = this.#keys.paid(operation);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#decide(key);
      } catch (error) {
        if (attempt === ATTEMPTS || !isProvenderError(error, 'PROVENDER_AMBIGUOUS')) throw error;
      }
    }
  }

  async #decide(key: string): Promise<PaymentDecision> {
    const { records } = await this.#state.txn({
      compare: [{ key, createRevision: 0n }],
      then: [{ put: key, value: encodePaidMark('drop') }],
      else: [{ get: key }],
    });
    const [found] = records;
    const mark = found === undefined ? 'drop' : decodePaidMark(found.value);
    return mark === 'drop' ? { is: 'drop' } : { is: 'paid', tag: parseTag(mark.tag), head: mark.head };
  }
}
