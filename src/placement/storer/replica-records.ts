import { objectIdHex, type ObjectId } from '../../content/object-id.ts';
import type { StateStore } from '../../state/state-store.ts';
import { type DurableRecord, decodeDurableRecord, encodeDurableRecord } from './durable-record.ts';

const PENDING = 'storer/pending/';
const PLACED = 'storer/placed/';

/**
 * What a storer knows of its placed replicas for good. `storer/pending/<id>` is there from before the first byte is kept until the round log has spoken,
 * `storer/placed/<id>` from then on if the SetKey names the replica. Every call may be repeated.
 */
export class ReplicaRecords {
  readonly #state: StateStore;

  /** @param state - stays the owner's */
  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Every replica that the log has not spoken about, as it was found. */
  async pending(): Promise<readonly DurableRecord[]> {
    const found: DurableRecord[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.#state.range(PENDING, cursor === undefined ? {} : { cursor });
      found.push(...page.records.map(({ key, value }) => decodeDurableRecord(key, value)));
      if (page.next === undefined) return found;
      cursor = page.next;
    }
  }

  /** The record of a replica that is placed. */
  async placed(id: ObjectId): Promise<DurableRecord | undefined> {
    const key = PLACED + objectIdHex(id);
    const record = await this.#state.get(key);
    return record === undefined ? undefined : decodeDurableRecord(key, record.value);
  }

  /** Says that a replica may be here from now on. */
  async begin(id: ObjectId, claim: Uint8Array): Promise<void> {
    await this.#put(PENDING, id, { claim, isCommitted: false, setKeyRound: 0n });
  }

  /** Says that the Commit may go out from now on. */
  async commit(id: ObjectId, claim: Uint8Array): Promise<void> {
    await this.#put(PENDING, id, { claim, isCommitted: true, setKeyRound: 0n });
  }

  /** Says that the SetKey of a round names the replica: it is no longer pending but placed, in one step. */
  async place(
    id: ObjectId,
    { claim, setKeyRound }: Pick<DurableRecord, 'claim' | 'setKeyRound'>,
  ): Promise<void> {
    const value = encodeDurableRecord({ claim, isCommitted: true, setKeyRound });
    const hex = objectIdHex(id);
    await this.#state.txn({ then: [{ put: PLACED + hex, value }, { delete: PENDING + hex }] });
  }

  /** Says that the replica is gone. */
  async forget(id: ObjectId): Promise<void> {
    await this.#state.txn({ then: [{ delete: PENDING + objectIdHex(id) }] });
  }

  async #put(prefix: string, id: ObjectId, record: DurableRecord): Promise<void> {
    await this.#state.txn({ then: [{ put: prefix + objectIdHex(id), value: encodeDurableRecord(record) }] });
  }
}
