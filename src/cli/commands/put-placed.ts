import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { formatSize } from '../../node/units.ts';
import { type ReceiptFacts, verifyReceipt } from '../../placement/receipt.ts';
import { profileName } from '../../proof/profile.ts';
import type { CommandContext } from '../command-context.ts';
import { PartialFile } from '../partial-file.ts';
import { chosenProfile, type ProfileOptions } from '../profile-option.ts';
import { Progress } from '../progress.ts';
import type { Upload } from '../upload.ts';

/** Flags of a put that places a file with storers of the network. */
export interface PlacedPutOptions extends ProfileOptions {
  /** Where the receipt goes. */
  readonly receipt: string;
  readonly replicas?: number;
  readonly name?: string;
}

/**
 * Has storers of the network hold a file, and keeps the receipt: the file of it is there, whole and durable, when this ends well.
 * @throws ProvenderError `PROVENDER_CORRUPT` when the receipt does not hold, and what the put throws
 */
export async function putPlaced(
  { upload, id }: { readonly upload: Upload; readonly id: ObjectId },
  options: PlacedPutOptions,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  const startedAt = performance.now();
  // opened first: a receipt that cannot be written should not be found out after the placement
  await using file = await PartialFile.open(options.receipt);
  const { receipt, held } = await send({ upload, id }, options, context);
  await file.write(receipt);
  await file.publish();
  const facts = checked(receipt, id);
  const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
  const hex = objectIdHex(id);
  output.result(
    { ...fields(facts), file: upload.name, held, receipt: options.receipt },
    output.quiet ? hex : `${hex}  ${upload.name}`,
  );
  const { replicas, round, setKeyRound, sizeBytes } = facts;
  output.remark(
    held
      ? `  already placed with ${replicas} storers in round ${setKeyRound.number}, nothing sent`
      : `  ${formatSize(sizeBytes)} with ${replicas} storers in ${seconds.toFixed(1)} s: drawn in round ${round.number}, signed in round ${setKeyRound.number}`,
  );
  output.remark(`  receipt in ${options.receipt}; keep it: it says who holds the file`);
}

async function send(
  { upload, id }: { readonly upload: Upload; readonly id: ObjectId },
  options: PlacedPutOptions,
  { client, signal, progressStyle }: CommandContext,
) {
  const { replicas, name } = options;
  using progress = new Progress(progressStyle, 'sending', upload.sizeBytes);
  const pieces = upload.pieces({ signal, onBytes: (bytes) => progress.add(bytes) });
  const wish = { ...(replicas !== undefined && { replicas }), ...(name !== undefined && { name }) };
  const declared = { sizeBytes: upload.sizeBytes, id, ...chosenProfile(options) };
  return await client.putPlaced(declared, pieces, { ...wish, signal });
}

/** What the receipt shows. It is kept even where it does not hold, as evidence. */
function checked(receipt: Uint8Array, id: ObjectId): ReceiptFacts {
  const verdict = verifyReceipt(receipt);
  if (verdict.ok && compareBytes(verdict.facts.id, id) === 0) return verdict.facts;
  const why = verdict.ok ? 'it is that of another file' : `${verdict.reason}: ${verdict.detail}`;
  throw new ProvenderError(
    'PROVENDER_CORRUPT',
    `the receipt for ${objectIdHex(id)} does not hold (${why}): do not count on the file being stored; put it to another primary`,
  );
}

function fields(facts: ReceiptFacts): Record<string, unknown> {
  const { id, sizeBytes, profile, name, replicas, storers, round, setKeyRound } = facts;
  return {
    id: objectIdHex(id),
    kind: 'file',
    sizeBytes,
    profile: profileName(profile),
    name,
    replicas,
    storers: storers.map(({ leaf }) => bytesToHex(leaf.storerKey)),
    round: Number(round.number),
    setKeyRound: Number(setKeyRound.number),
  };
}
