import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { EvmChainReader } from '../../payments/chain/evm-chain-reader.ts';
import type { ClaimTransaction } from '../../payments/claims/settle/claim-sender.ts';
import { EvmClaimSender } from '../../payments/claims/settle/evm-claim-sender.ts';
import { settleClaims, type Settlement } from '../../payments/claims/settle/settle-claims.ts';
import { parseUint256 } from '../../payments/uint256.ts';
import type { ClaimablePayment, SigningKey } from '../../rpc/client/index.ts';
import type { CommandContext } from '../command-context.ts';
import type { Output } from '../output.ts';
import { mpeOf, type PaymentOptions } from '../payment-options.ts';
import { MONEY_EXIT } from './money-exit-codes.ts';
import { StepProgress } from './step-progress.ts';

/** What is settled and how, as the command line has it. */
export interface SettleOptions extends PaymentOptions {
  readonly all?: boolean;
  readonly rpc: string;
  readonly dryRun?: boolean;
  readonly printTx?: boolean;
  readonly confirmations: number;
}

/** A command with the key of the provider. */
type KeyedContext = CommandContext & { readonly key: SigningKey };

/** Sends started claims to the contract and tells what became of each; the exit code says whether all went through. @throws ProvenderError as node and chain do */
export async function settleStartedClaims(
  ids: readonly string[],
  options: SettleOptions,
  context: KeyedContext,
): Promise<void> {
  const { client, key, output, signal, progressStyle } = context;
  const { rpc, dryRun = false, printTx = false, confirmations } = options;
  const { mpe, evmChainId } = await client.payments.terms({ signal });
  const pinned = mpeOf(options);
  if (pinned !== undefined && pinned !== mpe)
    throw new ProvenderError('PROVENDER_CONFIG', `--mpe ${pinned}: the node's contract is ${mpe}`);
  const claims = chosenClaims(ids, options, await client.payments.listInProgress(key, { signal }));
  if (claims.length === 0) {
    output.remark('no claim has been started: see claim start');
    return;
  }
  const { privateKey } = key;
  const sender = await reached(EvmClaimSender.open({ endpoint: rpc, mpe, evmChainId, privateKey }));
  await using chain = await reached(EvmChainReader.open({ endpoints: [rpc], mpe, evmChainId }));
  using progress = new StepProgress(progressStyle, 'settling', claims.length);
  const settlements: Settlement[] = [];
  const onTransaction = (_claim: unknown, transaction: ClaimTransaction): void => {
    if (printTx) output.result({ transaction: transactionFields(transaction) }, transactionText(transaction));
  };
  const settling = { claims, chain, sender, confirmations, isDryRun: dryRun, onTransaction };
  for await (const settlement of settleClaims(settling)) {
    tell(settlement, output);
    settlements.push(settlement);
    progress.step();
    signal.throwIfAborted(); // what was sent is waited for; the rest is for the next run
  }
  // asked for its claims, the node looks at the chain and closes those that are over
  if (settlements.some(({ is }) => is === 'paid')) await client.payments.listInProgress(key, { signal });
  const failed = settlements.filter(({ is }) => is === 'failed').length;
  if (failed === 0) return;
  process.exitCode = failed === settlements.length ? MONEY_EXIT.refused : MONEY_EXIT.partly;
}

/** A chain that does not answer at all is away, and has refused nothing. */
async function reached<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_CHANNEL')) throw error;
    throw new ProvenderError('PROVENDER_UNAVAILABLE', `${error.message}: check --rpc`, { cause: error });
  }
}

function chosenClaims(
  ids: readonly string[],
  { all }: SettleOptions,
  claims: readonly ClaimablePayment[],
): readonly ClaimablePayment[] {
  if (ids.length > 0 === (all === true))
    throw new ProvenderError('PROVENDER_INVALID', 'claim settle: name channels, or give --all');
  if (all === true) return claims;
  const wanted = new Set(ids.map((text) => parseUint256(text, 'channel')));
  const known = new Set(claims.map(({ channelId }) => channelId));
  const unknown = [...wanted].find((id) => !known.has(id));
  if (unknown !== undefined)
    throw new ProvenderError(
      'PROVENDER_NOT_FOUND',
      `channel ${unknown}: no claim has been started and is open; see claim start`,
    );
  return claims.filter(({ channelId }) => wanted.has(channelId));
}

/** `data` is a name that is masked in all output, since elsewhere it stands for content. */
function transactionFields({ from, to, data: input }: ClaimTransaction): Record<string, unknown> {
  return { from, to, input };
}

function transactionText({ from, to, data }: ClaimTransaction): string {
  return `from ${from}\nto   ${to}\ndata ${data}`;
}

function tell(settlement: Settlement, output: Output): void {
  const { channelId, nonce, amount, is } = settlement;
  const fields = { channel: String(channelId), nonce: String(nonce), amount: String(amount), outcome: is };
  const line = `channel ${channelId}  nonce ${nonce}  signed ${amount}  `;
  switch (settlement.is) {
    case 'paid': {
      const { claimed, transaction, block } = settlement;
      const facts = { claimed: String(claimed), transaction, block: String(block) };
      output.result({ ...fields, ...facts }, `${line}paid ${claimed} in block ${block}  ${transaction}`);
      return;
    }
    case 'planned': {
      const { claimed, transaction } = settlement;
      const facts = { claimed: String(claimed), transaction: transactionFields(transaction) };
      output.result({ ...fields, ...facts }, `${line}would be paid ${claimed}`);
      return;
    }
    case 'over':
      output.result(fields, `${line}is over on the chain: nothing was sent`);
      return;
    case 'failed':
      output.result({ ...fields, reason: settlement.reason }, `${line}failed: ${settlement.reason}`);
  }
}
