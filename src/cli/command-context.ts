import type { Command } from 'commander';
import type { ErrorCode } from '../content/error-codes.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { parseAddress } from '../node/units.ts';
import { ProvenderClient } from '../rpc/client/index.ts';
import { EXIT } from './exit-codes.ts';
import { Interruption } from './interruption.ts';
import { clientTls, type TlsOptions } from './node-tls.ts';
import { Output } from './output.ts';
import { type PaymentOptions, walletOf } from './payment-options.ts';
import { Bill } from './payments/bill.ts';
import { type ProgressStyle, progressStyle } from './progress.ts';

/** Options that every command takes. */
export type GlobalOptions = {
  readonly node: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly progress?: boolean;
} & TlsOptions &
  PaymentOptions;

/** What a command that works through a node gets. */
export interface CommandContext {
  readonly client: ProvenderClient;
  readonly output: Output;
  /** Ends when the user interrupts the command. */
  readonly signal: AbortSignal;
  readonly progressStyle: ProgressStyle;
}

/**
 * Runs `work` against the node of `--node` and ends with its exit code: the result's, that of the error, or 130 after Ctrl-C.
 * Errors are printed here and nowhere else. Calls are paid as the options say, and what they cost is told at the end.
 *
 * @param exitCode - of commands whose exit codes are their own
 */
export async function withNode(
  command: Command,
  work: (context: CommandContext) => Promise<void>,
  exitCode?: (code: ErrorCode) => number,
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const output = outputOf(options);
  const isSilent = output.json || output.quiet;
  using interruption = new Interruption();
  const { signal } = interruption;
  try {
    const style = progressStyle({
      isTerminal: process.stderr.isTTY,
      isSilent,
      isWanted: options.progress === true,
    });
    const tls = await clientTls(options);
    const bill = new Bill();
    const payments = await walletOf(options, bill.add);
    const address = checkedAddress(options.node);
    await using client = await ProvenderClient.open({
      address,
      channels: 1,
      ...(tls === undefined ? {} : { tls }),
      ...(payments === undefined ? {} : { payments }),
    });
    try {
      await work({ client, output, signal, progressStyle: style });
    } finally {
      bill.tell(output);
    }
  } catch (error) {
    const code = output.failure(signal.aborted ? signal.reason : error, exitCode);
    process.exitCode = interruption.exitCode ?? code;
  }
}

/** Runs the work of a command that needs no node; errors become its exit code. */
export async function withoutNode(
  command: Command,
  work: (output: Output) => Promise<void>,
  exitCode?: (code: ErrorCode) => number,
): Promise<void> {
  const output = outputOf(command.optsWithGlobals<GlobalOptions>());
  try {
    await work(output);
  } catch (error) {
    process.exitCode = output.failure(error, exitCode);
  }
}

/** Raises the exit code to "failed" where a command goes on after one of several things failed. */
export function noteFailure(exitCode: number): void {
  process.exitCode =
    process.exitCode === undefined || process.exitCode === EXIT.ok ? exitCode : process.exitCode;
}

function outputOf({ json, quiet }: GlobalOptions): Output {
  return new Output({ json: json === true, quiet: quiet === true });
}

/** Wrong addresses are found before a connection is tried, which would only time out. */
function checkedAddress(text: string): string {
  if (parseAddress(text).port !== 0) return text;
  throw new ProvenderError('PROVENDER_INVALID', `--node ${text}: port 0 is no place to call`);
}
