import type { Command } from 'commander';
import { parseObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { parseSize } from '../../node/units.ts';
import type { PaymentTerms, QuotedContent } from '../../rpc/client/index.ts';
import { parseByteRange } from '../byte-range.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { moneyExitCode } from '../payments/money-exit-codes.ts';

type QuoteOptions = { readonly size?: string; readonly id?: string; readonly range?: string };

const COLUMN = 16;

/** `provender price`: what calls cost at a node, and to whom they are paid. */
export function addPrice(program: Command): void {
  const price = program.command('price').description('Say what calls cost at a node. Asking is free.');
  price
    .command('show')
    .description('Print all prices, and what a channel for them has to be opened with.')
    .addHelpText(
      'after',
      `
Amounts are in the smallest unit of the token: so much for each call, and so much for each KiB that was begun.

Examples:
  provender price show
  provender --json price show | jq .methods.SetFile`,
    )
    .action(async (_options: unknown, command: Command) => {
      await withNode(command, show, moneyExitCode);
    });
  price
    .command('quote')
    .description('Print what one call would cost.')
    .argument('<method>', 'its name, such as SetFile')
    .option('--size <size>', 'bytes that it stores or serves; units as in 1MiB')
    .option('--id <id>', 'what it would read, 64 hex digits')
    .option('--range <range>', 'START-END (both included), START- or START+LENGTH; with --id')
    .addHelpText(
      'after',
      `
Examples:
  provender price quote SetFile --size 100MiB
  provender price quote GetFile --id ID --range 1MiB+64KiB
  provender --quiet price quote StatFile`,
    )
    .action(async (method: string, options: QuoteOptions, command: Command) => {
      await withNode(command, (context) => quote(method, options, context), moneyExitCode);
    });
}

async function show({ client, output, signal }: CommandContext): Promise<void> {
  const terms = await client.payments.terms({ signal });
  output.result(termsFields(terms), termsText(terms));
}

function termsFields({ schedule, block, ...terms }: PaymentTerms): Record<string, unknown> {
  const written = ({ perCall, perKiB }: (typeof schedule)['default']): Record<string, string> => ({
    perCall: String(perCall),
    perKiB: String(perKiB),
  });
  const methods = Object.entries(schedule.methods).map(([name, price]) => [name, written(price)]);
  return {
    version: schedule.version,
    default: written(schedule.default),
    methods: Object.fromEntries(methods),
    organization: terms.organization,
    groupId: Buffer.from(terms.groupId).toString('base64'),
    paymentAddress: terms.paymentAddress,
    mpe: terms.mpe,
    evmChainId: String(terms.evmChainId),
    ...(block !== undefined && { block: String(block) }),
  };
}

function termsText({ schedule, block, ...terms }: PaymentTerms): string {
  const rows = [...Object.entries(schedule.methods), ['any other', schedule.default] as const];
  const prices = rows.map(
    ([name, { perCall, perKiB }]) =>
      `${name.padEnd(COLUMN)}  ${String(perCall).padStart(12)} per call  ${String(perKiB).padStart(12)} per KiB`,
  );
  return [
    ...prices,
    `${'prices'.padEnd(COLUMN)}  version ${schedule.version} of ${terms.organization}`,
    `${'group'.padEnd(COLUMN)}  ${Buffer.from(terms.groupId).toString('base64')}`,
    `${'paid to'.padEnd(COLUMN)}  ${terms.paymentAddress}`,
    `${'contract'.padEnd(COLUMN)}  ${terms.mpe} on Ethereum chain ${terms.evmChainId}${block === undefined ? '' : `, block ${block}`}`,
  ].join('\n');
}

async function quote(method: string, options: QuoteOptions, context: CommandContext): Promise<void> {
  const { client, output, signal } = context;
  const { price, bytes, version } = await client.payments.quote(method, contentOf(options), { signal });
  const fields = { method, price: String(price), sizeBytes: Number(bytes), version: Number(version) };
  output.result(fields, output.quiet ? String(price) : `${price}  ${method} of ${bytes} bytes`);
}

function contentOf({ size, id, range }: QuoteOptions): QuotedContent | undefined {
  if (size !== undefined && id !== undefined)
    throw new ProvenderError('PROVENDER_INVALID', 'give --size or --id, not both');
  if (range !== undefined && id === undefined)
    throw new ProvenderError('PROVENDER_INVALID', '--range is of an object: give --id too');
  if (size !== undefined) return { bytes: BigInt(parseSize(size)) };
  if (id === undefined) return undefined;
  const { offset, length } = range === undefined ? { offset: 0 } : parseByteRange(range);
  return {
    range: {
      id: parseObjectId(id),
      offset: BigInt(offset),
      ...(length !== undefined && { length: BigInt(length) }),
    },
  };
}
