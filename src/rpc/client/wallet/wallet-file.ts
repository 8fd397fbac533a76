import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { type Address, parseEvmAddress } from '../../../payments/address.ts';
import { ProvenderError } from '../../../content/provender-error.ts';
import { readText, replaceText } from './durable-text.ts';
import { decodeWalletRecord, encodeWalletRecord, type WalletRecord } from './wallet-record.ts';

/** The file of one channel: its record, and the lock beside it. */
export class WalletFile {
  readonly path: string;
  readonly mpe: Address;
  readonly channelId: bigint;

  constructor(directory: string, mpe: Address, channelId: bigint) {
    this.mpe = mpe;
    this.channelId = channelId;
    this.path = join(directory, `${mpe}-${channelId}.json`);
  }

  get lockPath(): string {
    return `${this.path}.lock`;
  }

  /** @throws ProvenderError `PROVENDER_CORRUPT` */
  async read(): Promise<WalletRecord | undefined> {
    const text = await readText(this.path);
    return text === undefined ? undefined : decodeWalletRecord(text, this.path);
  }

  /** Resolves when the record would survive a power cut. */
  async write(record: WalletRecord): Promise<void> {
    await replaceText(this.path, encodeWalletRecord(record));
  }
}

/**
 * Finds the contract of a channel that was paid on before: the address that was seen first is the one that payments are signed for.
 * @returns `undefined` when the channel was never used
 * @throws ProvenderError `PROVENDER_CONFIG` when there is a channel of that id in several contracts
 */
export async function pinnedMpe(directory: string, channelId: bigint): Promise<Address | undefined> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const form = new RegExp(`^(0x[0-9a-f]{40})-${channelId}\\.json$`);
  const [first, second] = names.flatMap((name) => form.exec(name)?.[1] ?? []);
  if (first === undefined) return undefined;
  if (second === undefined) return parseEvmAddress(first);
  throw new ProvenderError(
    'PROVENDER_CONFIG',
    `${directory}: channel ${channelId} was used in ${first} and in ${second}: say which contract with --mpe`,
  );
}
