import { bytesToHex } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { formatSize } from '../../node/units.ts';
import { commR, decodeCommitment } from '../../proof/commitment.ts';
import type { FileDeclaration, SetOutcome, ShareStat } from '../../shares/shares.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { chosenProfile, type ProfileOptions, profileOption } from '../profile-option.ts';
import { Progress } from '../progress.ts';
import { shareFields } from '../share-fields.ts';
import { standardInput } from '../standard-input.ts';
import { Upload } from '../upload.ts';
import { wholeNumber } from '../whole-number.ts';
import { type PlacedPutOptions, putPlaced } from './put-placed.ts';

type PutOptions = ProfileOptions & Partial<PlacedPutOptions>;

/** `provender put FILE...`: hashes each file, then sends what the node does not hold. */
export function addPut(program: Command): void {
  program
    .command('put')
    .description('Put files. Prints id and name of each; a file that the node holds already is not sent.')
    .argument(
      '<file...>',
      'files to put; - takes standard input (by way of TMPDIR, since a put declares its size)',
    )
    .addOption(profileOption())
    .option('--receipt <file>', 'place the file with storers of the network, and write their receipt there')
    .option('--replicas <n>', 'storers that are to hold it (8); with --receipt', wholeNumber(1, 16))
    .option('--name <name>', 'name that the receipt ties it to, OWNER/COLLECTION/KEY; with --receipt')
    .option('--progress', 'show progress in a pipe too, a line for each 10 %')
    .addHelpText(
      'after',
      `
Examples:
  provender put README.md
  provender put --profile cat-1 README.md
  tar c photos | provender put -
  provender --json put a.bin b.bin | jq -r .id
  id=$(provender --quiet put README.md)
  provender put README.md --receipt r.bin --replicas 3`,
    )
    .action(async (files: string[], options: PutOptions, command: Command) => {
      await withNode(command, async (context) => {
        checkPlacement(files, options);
        for (const file of files) await put(file, options, context);
      });
    });
}

/** One receipt is of one file, and only a placed file has replicas and a name. */
function checkPlacement(files: readonly string[], { receipt, replicas, name }: PutOptions): void {
  const wrong = (text: string): ProvenderError => new ProvenderError('PROVENDER_INVALID', text);
  if (receipt !== undefined && files.length > 1)
    throw wrong(`--receipt ${receipt}: takes one file at a time, not ${files.length}`);
  if (receipt === undefined && (replicas !== undefined || name !== undefined))
    throw wrong('--replicas and --name are for files that storers of the network hold: give --receipt too');
}

async function put(name: string, options: PutOptions, context: CommandContext): Promise<void> {
  await using upload = await openUpload(name, context);
  const id = await hash(upload, context);
  const { receipt } = options;
  if (receipt === undefined) await putHere({ upload, id }, options, context);
  else await putPlaced({ upload, id }, { ...options, receipt }, context);
}

async function putHere(
  { upload, id }: { readonly upload: Upload; readonly id: ObjectId },
  options: ProfileOptions,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  const { name } = upload;
  const startedAt = performance.now();
  const known = await findHeld(id, context);
  const { stat, held } =
    known === undefined
      ? await send(upload, { id, ...chosenProfile(options) }, context)
      : { stat: known, held: true };
  const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
  const hex = objectIdHex(id);
  const fields = {
    ...shareFields(stat),
    file: name,
    held,
    commR: bytesToHex(commR(decodeCommitment(stat.commitment))),
  };
  output.result(fields, output.quiet ? hex : `${hex}  ${name}`);
  const rate = formatSize(Math.round(stat.sizeBytes / seconds));
  output.remark(
    held ? '  already held, nothing sent' : `  ${formatSize(stat.sizeBytes)} stored at ${rate}/s`,
  );
}

/** Asks before it sends: until a refusal comes back, a sender would be far ahead. */
async function findHeld(id: ObjectId, { client, signal }: CommandContext): Promise<ShareStat | undefined> {
  try {
    return await client.statFile(id, { signal });
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function send(
  upload: Upload,
  declared: Omit<FileDeclaration, 'sizeBytes'>,
  context: CommandContext,
): Promise<SetOutcome> {
  const { client, signal, progressStyle } = context;
  using progress = new Progress(progressStyle, 'sending', upload.sizeBytes);
  const pieces = upload.pieces({ signal, onBytes: (bytes) => progress.add(bytes) });
  return await client.setFile({ sizeBytes: upload.sizeBytes, ...declared }, pieces, { signal });
}

async function openUpload(name: string, { signal }: CommandContext): Promise<Upload> {
  return name === '-' ? await Upload.spool(name, standardInput(signal), { signal }) : await Upload.open(name);
}

async function hash(upload: Upload, { signal, progressStyle }: CommandContext): Promise<ObjectId> {
  using progress = new Progress(progressStyle, 'hashing', upload.sizeBytes);
  return await upload.id({ signal, onBytes: (bytes) => progress.add(bytes) });
}
