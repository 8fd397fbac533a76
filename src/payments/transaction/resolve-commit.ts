import { bytesToHex } from '@noble/hashes/utils.js';
import type { Commit, CommitFacts, CommitFate } from './commit.ts';
import type { PaymentParts } from './payment-parts.ts';
import { grantRepeat } from './repeat-right.ts';

const OUTCOMES = { applied: 'paid', refused: 'not paid', forgotten: 'unknown' } as const;

/**
 * Finds out in the background what became of a commit whose caller was told that nobody knows: deletes the lock until that is answered, after which
 * the commit cannot be applied any more, then reads. The operation stays in the table meanwhile.
 *
 * @see payment-channels.md, section 7, "Commit answers"
 */
export function resolveCommit(parts: PaymentParts, commit: Commit, facts: CommitFacts): void {
  const { background, events } = parts;
  const { lock, record } = facts;
  background.run('decide a payment', async () => {
    const duty = 'decide a payment';
    await background.untilDone(duty, () => lock.delete());
    const fate = await background.untilDone(duty, () => commit.decide());
    if (fate === undefined) throw new Error(`lock of channel ${lock.channelId} is there after its deletion`);
    lock.forget();
    const { channelId } = lock;
    events.decided?.({ channelId, operation: bytesToHex(record.op), outcome: OUTCOMES[fate.is] });
    finish(parts, facts, fate);
  });
}

function finish(parts: PaymentParts, { record, mark }: CommitFacts, fate: CommitFate): void {
  if (fate.is === 'forgotten') return; // nobody may touch the staged data now
  if (mark !== undefined) {
    if (fate.is === 'applied') parts.uploads.publish(record.op, mark);
    else parts.uploads.drop(mark);
  }
  if (fate.is === 'applied' && fate.revision !== undefined)
    grantRepeat(parts, { record, revision: fate.revision });
}
