import { setMaxListeners } from 'node:events';
import { ProvenderError } from '../../content/provender-error.ts';
import { makeTag, type Tag } from '../tag.ts';
import { isRadosError } from './client/rados-error.ts';
import type { RadosConnection } from './client/rados-cluster-types.ts';
import type { RadosPool } from './client/rados-pool.ts';
import type { RadosSession } from './rados-session.ts';
import { encodeSessionRecord, type SessionRecord } from './session-record.ts';
import { addSession, exchangeRecord } from './session-rows.ts';
import type { AnswerOptions } from './until-answered.ts';

/** A connection with the two namespaces of a store. */
export interface StoreConnection {
  readonly connection: RadosConnection;
  readonly objects: RadosPool;
  readonly data: RadosPool;
  readonly indexShards: number;
}

const MAX_U32 = 2 ** 32 - 1;

/** One session from its record's first byte to its end. */
export class LiveSession implements RadosSession {
  readonly number: number;
  readonly objects: RadosPool;
  readonly data: RadosPool;
  readonly indexShards: number;
  readonly connection: RadosConnection;
  readonly address: string;
  readonly #ended = new AbortController();
  #record: SessionRecord;
  #stagings = 0;

  private constructor(number: number, store: StoreConnection, record: SessionRecord) {
    this.number = number;
    this.connection = store.connection;
    this.objects = store.objects;
    this.data = store.data;
    this.indexShards = store.indexShards;
    this.address = record.address;
    this.#record = record;
    setMaxListeners(0, this.#ended.signal); // each operation that pauses before it is sent again listens
  }

  /** Takes a number and writes the record. */
  static async begin(store: StoreConnection, podName: string, answer: AnswerOptions): Promise<LiveSession> {
    const address = store.connection.address();
    const record: SessionRecord = { status: 'open', closer: 0, beat: 0n, address, podName };
    const number = await addSession(store.objects, encodeSessionRecord(record), answer);
    return new LiveSession(number, store, record);
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  nextTag(): Tag {
    if (this.#stagings === MAX_U32)
      throw new ProvenderError(
        'PROVENDER_UNAVAILABLE',
        'all 2^32 tags of this session are used: restart the node',
      );
    this.#stagings++;
    return makeTag(this.number, this.#stagings);
  }

  failed(error: unknown): void {
    if (isRadosError(error, 'ESHUTDOWN')) this.end('another pod fenced it: this client is on the blocklist');
    else if (isRadosError(error, 'ENOTCONN')) this.end('its connection to the cluster is gone');
  }

  /** Writes the next beat; a record that is not the own one any more ends the session. */
  async beat(answer: AnswerOptions): Promise<void> {
    const next: SessionRecord = { ...this.#record, beat: this.#record.beat + 1n };
    const change = {
      session: this.number,
      seen: encodeSessionRecord(this.#record),
      next: encodeSessionRecord(next),
    };
    if (await exchangeRecord(this.objects, change, answer)) this.#record = next;
    else this.end('another pod took it for dead and closed it');
  }

  /** Removes the own record: the polite end, when nothing is staged and nothing is unanswered. */
  async leave(answer: AnswerOptions): Promise<void> {
    const seen = encodeSessionRecord(this.#record);
    await exchangeRecord(this.objects, { session: this.number, seen, next: undefined }, answer);
  }

  /** Ends the session for everybody who uses it. */
  end(reason: string, code: 'PROVENDER_UNAVAILABLE' | 'PROVENDER_CLOSED' = 'PROVENDER_UNAVAILABLE'): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(
      new ProvenderError(code, `session ${this.number} of the object store ended: ${reason}`, {
        details: { session: this.number },
      }),
    );
  }
}
