import { ProvenderError } from '../../src/content/provender-error.ts';
import type { Payment } from '../../src/payments/payment.ts';
import { type PriceSchedule, parseSchedule } from '../../src/payments/price-schedule.ts';
import type {
  PaidCall,
  PaidMark,
  PaymentTransaction,
} from '../../src/payments/transaction/payment-transaction.ts';
import type { PaidCalls, PaymentServices } from '../../src/rpc/payment-services.ts';
import type { ServerOptions } from '../../src/rpc/server.ts';
import { PayingClient } from './paying-client.ts';
import type { MemoryShares } from './rpc-memory-shares.ts';
import { openRpcNode, type RpcNode } from './rpc-node.ts';

/** Prices in which no two methods cost the same. */
export const SCHEDULE: PriceSchedule = parseSchedule({
  version: 3,
  default: { perCall: '0', perKiB: '0' },
  methods: {
    SetShare: { perCall: '1', perKiB: '2' },
    SetShares: { perCall: '100', perKiB: '3' },
    SetFile: { perCall: '200', perKiB: '4' },
    GetShare: { perCall: '0', perKiB: '5' },
    GetShares: { perCall: '300', perKiB: '6' },
    ReadShares: { perCall: '400', perKiB: '7' },
    GetFile: { perCall: '500', perKiB: '8' },
    StatFile: { perCall: '600' },
    GetFileRoots: { perCall: '700' },
    VerifyShare: { perCall: '800' },
  },
});

/** Who pays in these tests. */
export const SENDER = '0x00000000000000000000000000000000000000aa';

/** What was asked of a payment, in order. */
export type Step = 'start' | 'work done' | 'commit' | 'rollback' | 'answered';

/** Payments that note what is asked of them and do as they are told; nothing is validated. */
export class ScriptedPayments implements PaidCalls {
  readonly steps: Step[] = [];
  readonly started: { readonly payment: Payment; readonly call: PaidCall }[] = [];
  readonly marks: (PaidMark | undefined)[] = [];
  readonly lease = new AbortController();
  readonly operation = new Uint8Array(16).fill(7);
  /** Calls whose work has ended. */
  ended = 0;
  /** What the validation says. */
  refusal: ProvenderError | undefined;
  /** Awaited by each commit, which fails as it does. */
  decide: () => Promise<void> = async () => undefined;

  async run<T>(payment: Payment, call: PaidCall, work: (tx: PaymentTransaction) => Promise<T>): Promise<T> {
    this.steps.push('start');
    this.started.push({ payment, call });
    if (this.refusal !== undefined) throw this.refusal;
    const tx = this.#transaction(call);
    const paidBefore = this.marks.length;
    try {
      const answer = await work(tx);
      this.steps.push('work done');
      if (this.marks.length === paidBefore) await tx.commit();
      this.steps.push('answered');
      return answer;
    } catch (error) {
      if (this.marks.length === paidBefore) this.steps.push('rollback');
      throw error;
    } finally {
      this.ended++;
    }
  }

  #transaction({ price }: PaidCall): PaymentTransaction {
    return {
      op: this.operation,
      sender: SENDER,
      income: price,
      signal: this.lease.signal,
      commit: async (mark) => {
        this.steps.push('commit');
        this.marks.push(mark);
        await this.decide();
      },
      published: async () => undefined,
      failed: async () => undefined,
      rollback: async () => undefined,
    };
  }
}

/** What a server is given; services that a test does not script refuse. */
export function scriptedServices(
  calls: PaidCalls,
  parts: Partial<Omit<PaymentServices, 'calls'>> = {},
): PaymentServices {
  const unscripted = async (): Promise<never> => {
    throw new ProvenderError('PROVENDER_UNSUPPORTED', 'nobody scripted this');
  };
  return {
    calls,
    schedule: SCHEDULE,
    replica: 9,
    states: { answer: unscripted },
    control: {
      listUnclaimed: unscripted,
      listInProgress: unscripted,
      start: unscripted,
      startMany: unscripted,
    },
    facts: {
      organization: 'my-org',
      groupId: new Uint8Array(32).fill(3),
      paymentAddress: '0x00000000000000000000000000000000000000bb',
      mpe: '0x00000000000000000000000000000000000000cc',
      evmChainId: 31_337n,
    },
    chain: { currentBlock: () => 1000n },
    ...parts,
  };
}

/** A node whose payments are scripted. */
export interface PaidNode extends AsyncDisposable {
  readonly node: RpcNode;
  readonly shares: MemoryShares;
  readonly payments: ScriptedPayments;
  /** Sends what it is told. */
  readonly client: PayingClient;
}

/** Serves shares in memory for scripted payments. */
export async function openPaidNode(
  options: Partial<Pick<ServerOptions, 'placement' | 'limits'>> = {},
  parts: Parameters<typeof scriptedServices>[1] = {},
): Promise<PaidNode> {
  const payments = new ScriptedPayments();
  const node = await openRpcNode({ ...options, payments: scriptedServices(payments, parts) });
  const client = new PayingClient(node.server.address);
  const dispose = async (): Promise<void> => {
    client[Symbol.dispose]();
    await node[Symbol.asyncDispose]();
  };
  return { node, shares: node.shares, payments, client, [Symbol.asyncDispose]: dispose };
}
