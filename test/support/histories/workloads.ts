import { setTimeout as wait } from 'node:timers/promises';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import type { StateStore, StateTxn } from '../../../src/state/state-store.ts';
import { sharedNowMs } from '../payment-replica/orders.ts';
import type { BankHistory } from './bank.ts';
import type { HistoryCall } from './call.ts';
import type { ListHistory } from './list.ts';

/** Pause between two calls of a lane: histories stay small enough to be judged. */
const PAUSE_MS = 25;
/** Balance of each account at first, and the most that one transfer moves. */
const BALANCE = 100;
const MOST = 5;

const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value ?? new Uint8Array());
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Runs a call again and again until the signal; a call that the store refuses is one that failed. */
export async function repeatUntil(signal: AbortSignal, call: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await call();
    } catch (error) {
      if (!isProvenderError(error)) throw error;
    }
    await wait(PAUSE_MS);
  }
}

/** Sends a transaction once and tells how it ended. */
async function ended(store: StateStore, txn: StateTxn): Promise<HistoryCall> {
  const fromMs = sharedNowMs();
  let end: HistoryCall['end'];
  try {
    end = (await store.txn(txn)).succeeded ? 'done' : 'failed';
  } catch (error) {
    if (!isProvenderError(error)) throw error;
    end = error.code === 'PROVENDER_UNAVAILABLE' ? 'failed' : 'maybe';
  }
  return { fromMs, toMs: sharedNowMs(), end };
}

/** Puts elements at the end of a list by compare and set, and reads it. */
export class ListWorkload {
  readonly #appends: ListHistory['appends'][number][] = [];
  readonly #reads: ListHistory['reads'][number][] = [];
  #last = 0;

  /** One lane. */
  run(store: StateStore, signal: AbortSignal): Promise<void> {
    return repeatUntil(signal, async () => {
      await this.#read(store);
      await this.#append(store);
    });
  }

  async history(store: StateStore): Promise<ListHistory> {
    await this.#read(store);
    return { appends: this.#appends, reads: this.#reads };
  }

  async #read(store: StateStore): Promise<void> {
    const fromMs = sharedNowMs();
    const elements = text((await store.get('list'))?.value)
      .split(' ')
      .filter((one) => one !== '');
    this.#reads.push({ fromMs, toMs: sharedNowMs(), elements });
  }

  async #append(store: StateStore): Promise<void> {
    const record = await store.get('list');
    const element = String(++this.#last);
    const call = await ended(store, {
      compare: [{ key: 'list', modRevision: record?.modRevision ?? 0n }],
      then: [{ put: 'list', value: bytes(`${text(record?.value)} ${element}`) }],
    });
    this.#appends.push({ ...call, element });
  }
}

/** Moves amounts between accounts, two records and a mark in one transaction, and reads all accounts at once. */
export class BankWorkload {
  readonly #accounts: number;
  readonly #transfers: BankHistory['transfers'][number][] = [];
  readonly #reads: (readonly number[])[] = [];
  #last = 0;

  constructor(accounts: number) {
    this.#accounts = accounts;
  }

  /** Opens the accounts. */
  async open(store: StateStore): Promise<void> {
    await store.txn({ then: this.#keys.map((put) => ({ put, value: bytes(String(BALANCE)) })) });
  }

  /** One lane. */
  run(store: StateStore, signal: AbortSignal): Promise<void> {
    return repeatUntil(signal, async () => {
      this.#reads.push(await this.#balances(store));
      await this.#transfer(store);
    });
  }

  async history(store: StateStore): Promise<BankHistory> {
    const marks: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await store.range('mark/', cursor === undefined ? {} : { cursor });
      marks.push(...page.records.map(({ key }) => key.slice('mark/'.length)));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    const first = this.#keys.map(() => BALANCE);
    const last = { balances: await this.#balances(store), marks };
    return { first, transfers: this.#transfers, reads: this.#reads, last };
  }

  get #keys(): readonly string[] {
    return Array.from({ length: this.#accounts }, (_, i) => `account/${i}`);
  }

  async #balances(store: StateStore): Promise<readonly number[]> {
    const { records } = await store.txn({ then: this.#keys.map((get) => ({ get })) });
    return records.map((record) => Number(text(record?.value)));
  }

  async #transfer(store: StateStore): Promise<void> {
    const from = Math.floor(Math.random() * this.#accounts);
    const to = (from + 1) % this.#accounts;
    const amount = 1 + Math.floor(Math.random() * MOST);
    const [source, target] = [`account/${from}`, `account/${to}`];
    const { records } = await store.txn({ then: [{ get: source }, { get: target }] });
    const [one, two] = records;
    if (one === undefined || two === undefined) throw new Error('an account is gone');
    const mark = String(++this.#last);
    const call = await ended(store, {
      compare: [one, two].map(({ key, modRevision }) => ({ key, modRevision })),
      then: [
        { put: source, value: bytes(String(Number(text(one.value)) - amount)) },
        { put: target, value: bytes(String(Number(text(two.value)) + amount)) },
        { put: `mark/${mark}`, value: bytes('') },
      ],
    });
    this.#transfers.push({ ...call, mark, from, to, amount });
  }
}
