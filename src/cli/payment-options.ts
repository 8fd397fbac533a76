import { type Command, Option } from 'commander';
import { ProvenderError } from '../content/provender-error.ts';
import { type Address, parseEvmAddress } from '../payments/address.ts';
import { parseUint256 } from '../payments/uint256.ts';
import {
  ChannelWallet,
  type PaidEvent,
  readKeyFile,
  readPassphraseFile,
  type SigningKey,
} from '../rpc/client/index.ts';

/** Options for paying a node, and for commands of its provider. */
export type PaymentOptions = {
  readonly channel?: string;
  readonly keyFile?: string;
  readonly keyPassphraseFile?: string;
  readonly maxPrice?: string;
  readonly mpe?: string;
};

/** Gives the program these options; each has its environment variable. */
export function addPaymentOptions(program: Command): Command {
  const add = (flags: string, variable: string, meaning: string): Command =>
    program.addOption(new Option(flags, meaning).env(variable));
  add('--channel <id>', 'PROVENDER_CHANNEL', 'pay calls from this channel; with --key-file');
  add(
    '--key-file <file>',
    'PROVENDER_KEY_FILE',
    'key that signs: 64 hex digits or a Web3 keystore, mode 0600',
  );
  add(
    '--key-passphrase-file <file>',
    'PROVENDER_KEY_PASSPHRASE_FILE',
    'passphrase of a keystore, mode 0600; else PROVENDER_KEY_PASSPHRASE',
  );
  add(
    '--max-price <amount>',
    'PROVENDER_MAX_PRICE',
    'most that one call may cost, in the smallest token unit',
  );
  add(
    '--mpe <address>',
    'PROVENDER_MPE',
    'escrow contract to sign for; else the one seen first on the channel',
  );
  return program;
}

/**
 * Makes the wallet that these options ask for. Amounts are kept in `<key file>.channels`.
 * @returns undefined when no channel is given: calls go out unpaid
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_CONFIG` for a half of them, and for a key file that is no good
 */
export async function walletOf(
  options: PaymentOptions,
  onPaid: (event: PaidEvent) => void,
): Promise<ChannelWallet | undefined> {
  // an empty variable is an unset one
  const channel = options.channel || undefined;
  const maxPrice = options.maxPrice || undefined;
  if (channel === undefined) return undefined;
  const { path, key } = await requiredKey(options, '--channel');
  const mpe = mpeOf(options);
  return new ChannelWallet({
    key,
    directory: `${path}.channels`,
    channelId: parseUint256(channel, '--channel'),
    onPaid,
    ...(mpe !== undefined && { mpe }),
    ...(maxPrice !== undefined && { maxPrice: parseUint256(maxPrice, '--max-price') }),
  });
}

/** The contract that was named. @throws ProvenderError `PROVENDER_INVALID` */
export function mpeOf({ mpe }: PaymentOptions): Address | undefined {
  return mpe === undefined || mpe === '' ? undefined : parseEvmAddress(mpe);
}

/**
 * Reads the key that a command cannot do without.
 * @param what - what needs it, for the message
 * @throws ProvenderError `PROVENDER_CONFIG` when none is given, or the file is no good
 */
export async function requiredKey(
  { keyFile, keyPassphraseFile }: PaymentOptions,
  what: string,
): Promise<{ readonly path: string; readonly key: SigningKey }> {
  if (keyFile === undefined || keyFile === '')
    throw new ProvenderError('PROVENDER_CONFIG', `${what}: name the file of the key that signs, --key-file`);
  const passphrase = async (): Promise<string | undefined> =>
    keyPassphraseFile === undefined || keyPassphraseFile === ''
      ? process.env['PROVENDER_KEY_PASSPHRASE'] || undefined
      : await readPassphraseFile(keyPassphraseFile);
  return { path: keyFile, key: await readKeyFile(keyFile, passphrase) };
}
