import type { ClientPayments, PaidAttempt, PaidCall, PayableNode } from '../../src/rpc/client/index.ts';
import { ProvenderClient } from '../../src/rpc/client/index.ts';
import { openWallet } from './paying-node.ts';

/*
 * Pays for calls in a process of its own: `paying-child.ts ADDRESS DIRECTORY STEP FIRST COUNT`. Sets COUNT chunks with one wallet, the first made of bytes
 * FIRST, and ends itself by SIGKILL at STEP of the first call; `never` is no step.
 */
const [address = '', directory = '', step = '', first = '', count = ''] = process.argv.slice(2);

const die = (): void => void process.kill(process.pid, 'SIGKILL');

/** Ends the process around the one attempt that leaves it. */
class Dying implements ClientPayments {
  readonly #wallet = openWallet(directory);

  async pay<T>(call: PaidCall, node: PayableNode, attempt: PaidAttempt<T>): Promise<T> {
    return await this.#wallet.pay(call, node, async (headers, leftMs) => {
      if (step === 'written') die();
      const answer = await attempt(headers, leftMs);
      if (step === 'answered') die();
      return answer;
    });
  }
}

await using client = await ProvenderClient.open({ address, payments: new Dying(), timeoutMs: 30_000 });
for (let i = 0; i < Number(count); i++) await client.setShare(new Uint8Array(1000).fill(Number(first) + i));
if (step === 'accepted') die();
process.stdout.write('done\n');
