import type { Command } from 'commander';
import { ProvenderError } from '../../content/provender-error.ts';
import { parseUint256 } from '../../payments/uint256.ts';
import type { ClaimablePayment, SigningKey } from '../../rpc/client/index.ts';
import { type CommandContext, type GlobalOptions, withNode } from '../command-context.ts';
import { requiredKey } from '../payment-options.ts';
import { claimFields, claimLine } from '../payments/claim-fields.ts';
import { MONEY_EXIT, moneyExitCode } from '../payments/money-exit-codes.ts';
import { StepProgress } from '../payments/step-progress.ts';
import { wholeNumber } from '../whole-number.ts';

type StartOptions = { readonly all?: boolean; readonly expiringIn?: number };

/** `provender claim start`: from now on these channels are paid on their next nonce. */
export function addClaimStart(claim: Command): void {
  claim
    .command('start')
    .description(
      'Start claims: each channel goes on with its next nonce, and the node hands out the signature.',
    )
    .argument('[id...]', 'channels')
    .option('--all', 'all channels with something to claim')
    .option(
      '--expiring-in <blocks>',
      'those that expire within so many blocks',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .addHelpText(
      'after',
      `
Needs the key of the payment address, --key-file. Sends no transaction: see claim settle. One channel that fails does not stop the others.
Exit codes: 0 all started, 1 some of them, 2 wrong use, 3 refused by the node, 4 node not reachable.

Examples:
  provender --key-file provider.key claim start 1 7
  provender --key-file provider.key claim start --expiring-in 50000
  provender --key-file provider.key --json claim start --all | jq -r .amount`,
    )
    .action(async (ids: string[], options: StartOptions, command: Command) => {
      const given = command.optsWithGlobals<GlobalOptions>();
      await withNode(
        command,
        async (context) => {
          const { key } = await requiredKey(given, 'claim start');
          await start(ids, options, { ...context, key });
        },
        moneyExitCode,
      );
    });
}

/** A channel with the nonce that has something to claim, where it has. */
type Chosen = { readonly channelId: bigint; readonly nonce?: bigint };

type KeyedContext = CommandContext & { readonly key: SigningKey };

async function start(ids: readonly string[], options: StartOptions, context: KeyedContext): Promise<void> {
  const { output, signal, progressStyle } = context;
  const chosen = await chooseClaims(ids, options, context);
  if (chosen.length === 0) output.remark('nothing to claim');
  using progress = new StepProgress(progressStyle, 'starting', chosen.length);
  let started = 0;
  for (const claim of chosen) {
    try {
      const payment = await startOne(claim, context);
      output.result(claimFields(payment), claimLine(payment));
      started++;
    } catch (error) {
      if (signal.aborted || chosen.length === 1) throw error;
      output.failure(error, moneyExitCode);
    }
    progress.step();
  }
  if (started === chosen.length) return;
  process.exitCode = started === 0 ? MONEY_EXIT.refused : MONEY_EXIT.partly;
}

async function chooseClaims(
  ids: readonly string[],
  { all, expiringIn }: StartOptions,
  { client, key, signal }: KeyedContext,
): Promise<Chosen[]> {
  const ways = [ids.length > 0, all === true, expiringIn !== undefined].filter(Boolean).length;
  if (ways !== 1)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      'claim start: name channels, or give --all or --expiring-in',
    );
  const unclaimed = await client.payments.listUnclaimed(key, { signal });
  if (all === true) return unclaimed;
  if (expiringIn !== undefined) {
    const { block = 0n } = await client.payments.terms({ signal });
    return unclaimed.filter(({ expiration }) => expiration <= block + BigInt(expiringIn));
  }
  return ids.map((text) => {
    const channelId = parseUint256(text, 'channel');
    return unclaimed.find((one) => one.channelId === channelId) ?? { channelId };
  });
}

/** A channel that is not listed has nothing to claim: asked with its nonce, the node says why. */
async function startOne(
  { channelId, nonce }: Chosen,
  { client, key, signal }: KeyedContext,
): Promise<ClaimablePayment> {
  const latest = nonce ?? (await client.payments.channelState(channelId, key, { signal })).nonce;
  return await client.payments.startClaim({ channelId, nonce: latest }, key, { signal });
}
