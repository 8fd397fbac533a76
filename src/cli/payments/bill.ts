import type { PaidEvent } from '../../rpc/client/index.ts';
import type { Output } from '../output.ts';

/** What the calls of one command have cost. */
export class Bill {
  #calls = 0;
  #sum = 0n;
  #amount = 0n;

  readonly add = ({ price, amount }: PaidEvent): void => {
    this.#calls++;
    this.#sum += price;
    this.#amount = amount;
  };

  /** Says nothing when nothing was paid. */
  tell(output: Output): void {
    if (this.#calls === 0) return;
    const calls = this.#calls === 1 ? '1 call' : `${this.#calls} calls`;
    output.remark(`  paid ${this.#sum} for ${calls}, ${this.#amount} in all on this nonce of the channel`);
  }
}
