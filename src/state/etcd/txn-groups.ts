import { ProvenderError } from '../../content/provender-error.ts';
import type { ResponseOp, TxnRequest, TxnResponse } from '../../generated/etcd/etcdserverpb/rpc.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import type { CallFailure, CallResult } from './etcd-call.ts';
import type { EtcdEndpoint } from './etcd-endpoint.ts';
import { ambiguousError, failureError, kindOfFailure } from './etcd-failures.ts';
import { TOTAL_MS, throwIfAborted } from './repeatable.ts';

/** Limits of a group. etcd allows 128 steps along each path, so a member of a group of 40 may have 88. */
const MAX_MEMBERS = 40;
const MAX_GROUP_BYTES = 2 ** 20;
const MAX_MEMBER_STEPS = 128 - MAX_MEMBERS;
/** Transactions that may wait. */
const MAX_WAITING = 10_000;

const WHAT = 'state transaction';

/** A transaction that writes, ready to be sent. */
export interface WritingTxn {
  readonly request: TxnRequest;
  /** All that it compares, reads or writes, in either branch. */
  readonly keys: ReadonlySet<string>;
  /** About what it takes in a message. */
  readonly bytes: number;
  /** The longest of its three lists. */
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
}

/** What became of it. */
export interface TxnAnswer {
  readonly succeeded: boolean;
  readonly revision: bigint;
  readonly responses: readonly ResponseOp[];
}

interface Job extends WritingTxn {
  readonly until: number;
  /** A group with it was refused: it goes by itself. */
  isAlone: boolean;
  readonly resolve: (answer: TxnAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends transactions that write. Those that wait for the same endpoint go as one outer transaction of nested ones, as soon as the endpoint has none
 * of ours; each keeps its own conditions and result, and all have the revision of the outer one, since the inner headers are empty.
 *
 * - Transactions with a common key never share a group, also when one only compares or reads it: all conditions see the state before the group.
 * - What was refused as a whole was not applied; its members are sent again, each by itself. What is unclear is unclear for every member.
 * - Only what was certainly not sent, or refused before it was agreed on, goes to another endpoint.
 *
 * @see payment-channels.md, section 7, "Grouping"
 */
export class TxnGroups {
  readonly #pool: EndpointPool;
  #waiting: Job[] = [];
  readonly #busy = new Set<EtcdEndpoint>();
  #isWoken = false;
  #isLooking = false;

  constructor(pool: EndpointPool) {
    this.#pool = pool;
  }

  /**
   * Runs a transaction. Its signal counts until it is sent.
   * @throws ProvenderError `PROVENDER_UNAVAILABLE`, `PROVENDER_AMBIGUOUS`, `PROVENDER_CONFLICT` when a lease has ended, `PROVENDER_CANCELLED`, `PROVENDER_INVALID`, `PROVENDER_CONFIG`
   */
  run(txn: WritingTxn): Promise<TxnAnswer> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(
        new ProvenderError('PROVENDER_UNAVAILABLE', `${MAX_WAITING} state transactions wait: repeat later`),
      );
    return new Promise((resolve, reject) => {
      const until = performance.now() + TOTAL_MS;
      this.#waiting.push({ ...txn, until, isAlone: txn.steps > MAX_MEMBER_STEPS, resolve, reject });
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    // what is started at once goes into one group
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#pump();
    });
  }

  #pump(): void {
    try {
      while (this.#waiting.length > 0) {
        const endpoint = this.#pool.pick();
        if (endpoint === undefined) return void this.#look();
        if (this.#busy.has(endpoint)) return;
        const group = this.#take();
        if (group.length > 0) void this.#send(endpoint, group);
      }
    } catch (error) {
      this.#rejectAll(error);
    }
  }

  /** Waits for an endpoint that can be used. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      if ((await this.#pool.usable(Number.POSITIVE_INFINITY)) === undefined)
        this.#rejectAll(this.#pool.nobody(WHAT));
    } catch (error) {
      this.#rejectAll(error);
    } finally {
      this.#isLooking = false;
    }
    this.#pump();
  }

  #rejectAll(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** The first that waits, and those behind it that may go with it. */
  #take(): Job[] {
    const group: Job[] = [];
    const keys = new Set<string>();
    let bytes = 0;
    const left: Job[] = [];
    let looked = 0;
    for (const job of this.#waiting) {
      if (group.length === MAX_MEMBERS || group[0]?.isAlone === true) break;
      looked++;
      if (hasEnded(job)) continue;
      const isFirst = group.length === 0;
      const fits = !job.isAlone && bytes + job.bytes <= MAX_GROUP_BYTES && isDisjoint(job.keys, keys);
      if (!isFirst && !fits) {
        left.push(job);
        continue;
      }
      group.push(job);
      bytes += job.bytes;
      for (const key of job.keys) keys.add(key);
    }
    this.#waiting = [...left, ...this.#waiting.slice(looked)];
    return group;
  }

  async #send(endpoint: EtcdEndpoint, group: readonly Job[]): Promise<void> {
    this.#busy.add(endpoint);
    try {
      const request = requestOf(group);
      const result = await endpoint.call<TxnResponse>((...args) => endpoint.kv.txn(request, ...args), {
        deadlineMs: this.#pool.deadlineMs,
      });
      this.#settle(result, endpoint, group);
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#busy.delete(endpoint);
      this.#pump();
    }
  }

  #settle(result: CallResult<TxnResponse>, endpoint: EtcdEndpoint, group: readonly Job[]): void {
    if ('answer' in result) return answer(result.answer, endpoint, group);
    const kind = kindOfFailure(result.failure);
    if (kind === 'unclear') {
      for (const { reject } of group) reject(ambiguousError(result.failure, endpoint.address));
    } else if (kind === 'elsewhere') {
      this.#again(group, result.failure);
    } else if (group.length > 1) {
      for (const job of group) job.isAlone = true;
      this.#again(group, result.failure);
    } else {
      for (const { reject } of group) reject(failureError(result.failure, WHAT));
    }
  }

  /** Puts jobs that were not applied back to the front. */
  #again(group: readonly Job[], failure: CallFailure): void {
    const isInTime = ({ until }: Job): boolean => performance.now() < until;
    for (const job of group) if (!isInTime(job)) job.reject(failureError(failure, WHAT));
    this.#waiting = [...group.filter(isInTime), ...this.#waiting];
  }
}

/** Tells whether nobody waits for a job any more. */
function hasEnded({ signal, until, reject }: Job): boolean {
  try {
    throwIfAborted(signal, WHAT);
    if (performance.now() < until) return false;
    throw new ProvenderError(
      'PROVENDER_UNAVAILABLE',
      `${WHAT}: it waited ${TOTAL_MS} ms for etcd and was not sent; repeat later`,
    );
  } catch (error) {
    reject(error);
    return true;
  }
}

function isDisjoint(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  for (const key of some) if (others.has(key)) return false;
  return true;
}

function requestOf(group: readonly Job[]): TxnRequest {
  const [first] = group;
  if (first !== undefined && group.length === 1) return first.request;
  const success = group.map(({ request }) => ({
    request: { $case: 'requestTxn', value: request } as const,
  }));
  return { compare: [], success, failure: [] };
}

function answer(outer: TxnResponse, endpoint: EtcdEndpoint, group: readonly Job[]): void {
  const revision = outer.header?.revision ?? 0n;
  const [first] = group;
  if (first !== undefined && group.length === 1)
    return first.resolve({ succeeded: outer.succeeded, revision, responses: outer.responses });
  for (const [i, { resolve, reject }] of group.entries()) {
    const response = outer.responses[i]?.response;
    if (response?.$case === 'responseTxn')
      resolve({ succeeded: response.value.succeeded, revision, responses: response.value.responses });
    else
      reject(
        ambiguousError({ code: 0, details: 'an answer of another form', isSent: true }, endpoint.address),
      );
  }
}
