import type { PaymentParts } from './payment-parts.ts';
import { type ChannelRecord, encodeChannel } from '../records/channel-record.ts';

/** Before it is looked again whether the call that has the channel has ended. */
const AGAIN_MS = 250;

/**
 * Lets the identical payment be repeated without charge: its call was paid and not delivered. The next payment, or a provider claim, ends the right,
 * and what came before this is not undone.
 *
 * @param committed - the record as the commit put it, and its revision
 * @returns whether it was decided now; `false` while another call has the channel, which may end without a change
 * @throws ProvenderError as the store does
 * @see payment-channels.md, section 7, "Repeat"
 */
async function tryGrant(
  { state, keys, events }: PaymentParts,
  { record, revision }: { readonly record: ChannelRecord; readonly revision: bigint },
): Promise<boolean> {
  const { channelId } = record;
  const channel = keys.channel(channelId);
  const { succeeded, records } = await state.txn({
    compare: [
      { key: channel, modRevision: revision },
      { key: keys.lock(channelId), createRevision: 0n },
    ],
    then: [{ put: channel, value: encodeChannel({ ...record, repeat: true }) }],
    else: [{ get: channel }],
  });
  if (succeeded) events.repeatGranted?.({ channelId });
  return succeeded || records[0]?.modRevision !== revision;
}

/** Does it in the background, until it is decided. Applied twice or late it does no harm: it compares the revision of the commit. */
export function grantRepeat(
  parts: PaymentParts,
  committed: { readonly record: ChannelRecord; readonly revision: bigint },
): void {
  const { background } = parts;
  const duty = 'let a payment be repeated';
  background.run(duty, async () => {
    while (!(await background.untilDone(duty, () => tryGrant(parts, committed))))
      await background.pause(AGAIN_MS);
  });
}
