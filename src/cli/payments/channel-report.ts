import type { ShownLock } from '../../payments/inspection.ts';
import type { ChannelRecord } from '../../payments/records/channel-record.ts';
import type { ClaimRecord } from '../../payments/records/claim-record.ts';
import type { EndedRecord } from '../../payments/records/ended-record.ts';
import type { PaymentGroup } from '../../node/payments/open-payment-store.ts';

/** What the store has of one channel. */
export interface StoredChannel {
  readonly record?: ChannelRecord;
  readonly lock?: ShownLock;
  readonly claim?: ClaimRecord;
}

/** Which group a channel belongs to, for `--json`. */
function groupFields({ scope }: PaymentGroup): Record<string, unknown> {
  const { network, organization, groupId, mpe } = scope;
  return { network, organization, groupId: Buffer.from(groupId).toString('base64'), mpe };
}

/** What `--json` tells of a lock. */
export function lockFields({
  replica,
  method,
  startedUnixMs,
  isHolderAlive,
}: ShownLock): Record<string, unknown> {
  return { replica, method, started: new Date(startedUnixMs).toISOString(), isHolderAlive };
}

/** What `--json` tells of a channel; numbers that may be large are texts. No signatures: who has one can claim. */
export function channelFields(
  group: PaymentGroup,
  channelId: bigint,
  { record, lock, claim }: StoredChannel,
): Record<string, unknown> {
  return {
    channel: String(channelId),
    ...groupFields(group),
    ...(record && {
      nonce: String(record.nonce),
      amount: String(record.authorizedAmount),
      value: String(record.fullAmount),
      expiration: String(record.expiration),
      sender: record.sender,
      signer: record.signer,
      repeat: record.repeat,
      replica: record.by,
    }),
    ...(lock && { lock: lockFields(lock) }),
    ...(claim && { claim: { nonce: String(claim.nonce), amount: String(claim.amount) } }),
  };
}

/** One line about a channel. */
export function channelLine(channelId: bigint, { record, lock, claim }: StoredChannel): string {
  const parts = [`channel ${String(channelId).padEnd(8)}`];
  if (record !== undefined) {
    const { nonce, authorizedAmount, fullAmount, expiration } = record;
    parts.push(
      `nonce ${nonce}`,
      `paid ${authorizedAmount} of ${fullAmount}`,
      `expires at block ${expiration}`,
    );
  }
  if (claim !== undefined) parts.push(`claim of ${claim.amount} on nonce ${claim.nonce}`);
  if (lock !== undefined) parts.push(lockText(lock));
  return parts.join('  ');
}

/** Who has a channel, and since when. */
export function lockText({ replica, method, startedUnixMs, isHolderAlive }: ShownLock): string {
  const seconds = Math.max(0, Math.round((Date.now() - startedUnixMs) / 1000));
  const state = isHolderAlive ? 'alive' : 'gone';
  return `locked by replica ${replica} (${state}) for ${seconds} s: ${method}`;
}

/** Lines of everything that is known of a channel. */
export function channelText(
  group: PaymentGroup,
  channelId: bigint,
  stored: StoredChannel,
  ended: readonly EndedRecord[],
): string {
  const { record, claim, lock } = stored;
  const { network, organization, mpe } = group.scope;
  const lines: [string, string][] = [
    ['channel', `${channelId} of ${organization} on ${network}`],
    ['contract', mpe],
  ];
  if (record !== undefined) {
    lines.push(
      ['sender', record.sender],
      ['signer', record.signer],
      ['nonce', String(record.nonce)],
      [
        'paid',
        `${record.authorizedAmount} of ${record.fullAmount}${record.repeat ? ', the last call may be repeated' : ''}`,
      ],
      ['expires', `at block ${record.expiration}`],
    );
  }
  if (claim !== undefined)
    lines.push(['claim', `${claim.amount} on nonce ${claim.nonce}, since block ${claim.startBlock}`]);
  lines.push(['lock', lock === undefined ? 'free' : lockText(lock)]);
  for (const one of ended) lines.push(['ended', endedText(one)]);
  return lines.map(([name, value]) => `${name.padEnd(8)}  ${value}`).join('\n');
}

/** How a nonce ended. */
export function endedText({ nonce, amount, outcome, claimedAmount, block }: EndedRecord): string {
  const claimed = claimedAmount === undefined ? '' : `, ${claimedAmount} of it came`;
  return `nonce ${nonce}  signed ${amount}  ${outcome}${claimed}  block ${block}`;
}

/** What `--json` tells of an ended nonce. */
export function endedFields(
  group: PaymentGroup,
  channelId: bigint,
  record: EndedRecord,
): Record<string, unknown> {
  const { nonce, amount, outcome, claimedAmount, transaction, block, final } = record;
  return {
    channel: String(channelId),
    ...groupFields(group),
    nonce: String(nonce),
    amount: String(amount),
    outcome,
    ...(claimedAmount !== undefined && { claimed: String(claimedAmount) }),
    ...(transaction !== undefined && { transaction }),
    block: String(block),
    final: final === true,
  };
}
