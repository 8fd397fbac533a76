import { ProvenderError } from '../../content/provender-error.ts';
import { openPaymentStore, type PaymentGroup } from '../../node/payments/open-payment-store.ts';
import { listChannels, listLocks } from '../../payments/inspection.ts';
import { decodeChannel } from '../../payments/records/channel-record.ts';
import { type ClaimRecord, decodeClaim } from '../../payments/records/claim-record.ts';
import { decodeEnded, type EndedRecord } from '../../payments/records/ended-record.ts';
import { allRecords } from '../../payments/replica/all-records.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { Command } from 'commander';
import { configOf } from '../setting-options.ts';
import type { StoredChannel } from './channel-report.ts';

/** Opens the payments that the flags of a command name. */
export async function storeOf(command: Command) {
  const { config } = await configOf(command);
  return await openPaymentStore(config);
}

/** All channels of a group, those that only have a lock or a claim too, by id. */
export async function allChannels(group: PaymentGroup): Promise<ReadonlyMap<bigint, StoredChannel>> {
  const found = new Map<bigint, StoredChannel>();
  const put = (id: bigint, part: StoredChannel): void => void found.set(id, { ...found.get(id), ...part });
  for await (const record of listChannels(group)) put(record.channelId, { record });
  for (const lock of await listLocks(group)) put(lock.channelId, { lock });
  for await (const { id, claim } of allClaims(group)) put(id, { claim });
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function* allClaims({
  state,
  keys,
}: PaymentGroup): AsyncGenerator<{ readonly id: bigint; readonly claim: ClaimRecord }> {
  for await (const { key, value } of allRecords(state, keys.claims))
    yield { id: keys.channelIdOf(key), claim: decodeClaim(value) };
}

/** Ended nonces of a group. */
export async function* allEnded({
  state,
  keys,
}: PaymentGroup): AsyncGenerator<{ readonly id: bigint; readonly record: EndedRecord }> {
  for await (const { key, value } of allRecords(state, keys.allEnded))
    yield { id: keys.endedIdOf(key).channelId, record: decodeEnded(value) };
}

/** A channel with its group. */
export interface FoundChannel {
  readonly group: PaymentGroup;
  readonly stored: StoredChannel;
  readonly ended: readonly EndedRecord[];
}

/** Looks a channel up in all groups. @throws ProvenderError `PROVENDER_NOT_FOUND` */
export async function findChannel(groups: readonly PaymentGroup[], id: bigint): Promise<FoundChannel[]> {
  const found: FoundChannel[] = [];
  for (const group of groups) {
    const { state, keys } = group;
    const [record, claim] = await Promise.all([state.get(keys.channel(id)), state.get(keys.claim(id))]);
    const lock = (await listLocks(group)).find(({ channelId }) => channelId === id);
    const ended: EndedRecord[] = [];
    for await (const { value } of allRecords(state, keys.endedOf(id))) ended.push(decodeEnded(value));
    if (record === undefined && claim === undefined && lock === undefined && ended.length === 0) continue;
    const stored = {
      ...(record && { record: decodeChannel(record.value) }),
      ...(claim && { claim: decodeClaim(claim.value) }),
      ...(lock && { lock }),
    };
    found.push({ group, stored, ended });
  }
  if (found.length > 0) return found;
  throw new ProvenderError('PROVENDER_NOT_FOUND', `channel ${id} is not in the store`);
}

/** Whether records of the SingularityNET daemon lie in the same store: nobody here reads them. @see payment-channels.md, section 15, D9 */
export async function hasUpstreamRecords(state: StateStore): Promise<boolean> {
  const { records } = await state.range('/');
  return records.some(({ key }) => /\/(payment-channel|payment|PrePaid)\/(storage|lock)\//.test(key));
}
