import type { HistoryCall } from './call.ts';

/** Transfers between accounts, and reads of all accounts at one moment. */
export interface BankHistory {
  /** Balances before all calls. */
  readonly first: readonly number[];
  readonly transfers: readonly (HistoryCall & Transfer)[];
  readonly reads: readonly (readonly number[])[];
  /** Balances and the transfers that left their mark, after all calls. */
  readonly last: { readonly balances: readonly number[]; readonly marks: readonly string[] };
}

/** Each leaves a mark of its own. */
interface Transfer {
  readonly mark: string;
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Tells what is wrong: a total that changed, a transfer that is lost or happened though it failed, balances that the marked transfers do not give. */
export function wrongBank({ first, transfers, reads, last }: BankHistory): string | undefined {
  const total = sum(first);
  for (const balances of [...reads, last.balances])
    if (sum(balances) !== total) return `the total was ${sum(balances)}, not ${total}: ${balances.join()}`;
  const marks = new Set(last.marks);
  const balances = [...first];
  for (const { mark, from, to, amount, end } of transfers) {
    if (end === 'done' && !marks.has(mark)) return `transfer ${mark} is lost`;
    if (end === 'failed' && marks.has(mark)) return `transfer ${mark} happened, though it failed`;
    if (!marks.has(mark)) continue;
    balances[from] = (balances[from] ?? 0) - amount;
    balances[to] = (balances[to] ?? 0) + amount;
  }
  return balances.every((balance, i) => balance === last.balances[i])
    ? undefined
    : `the transfers give ${balances.join()}, found: ${last.balances.join()}`;
}
