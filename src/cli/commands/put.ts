import type { Command } from 'commander';
import { bytesToHex } from '@noble/hashes/utils.js';
import { objectIdHex } from '../../content/object-id.ts';
import { formatSize } from '../../node/units.ts';
import type { CommandContext } from '../command-context.ts';
import { withNode } from '../command-context.ts';
import { Progress } from '../progress.ts';
import { Upload } from '../upload.ts';

/** `provender put FILE...`: hashes each file, then sends what the node does not hold. */
export function addPut(program: Command): void {
  program
    .command('put')
    .description('Put files. Prints id and name of each; a file that the node holds already is not sent.')
    .argument(
      '<file...>',
      'files to put; - takes standard input (by way of TMPDIR, since a put declares its size)',
    )
    .option('--progress', 'show progress in a pipe too, a line for each 10 %')
    .addHelpText(
      'after',
      `
Examples:
  provender put README.md
  tar c photos | provender put -
  provender --json put a.bin b.bin | jq -r .id
  id=$(provender --quiet put README.md)`,
    )
    .action(async (files: string[], _options: unknown, command: Command) => {
      await withNode(command, async (context) => {
        for (const file of files) await put(file, context);
      });
    });
}

async function put(name: string, context: CommandContext): Promise<void> {
  await using upload = await openUpload(name, context);
  const id = await hash(upload, context);
  const { client, output, signal, progressStyle } = context;
  const startedAt = performance.now();
  const { stat, held, commR } = await (async () => {
    using progress = new Progress(progressStyle, 'sending', upload.sizeBytes);
    const pieces = upload.pieces({ signal, onBytes: (bytes) => progress.add(bytes) });
    return await client.setFile({ sizeBytes: upload.sizeBytes, id }, pieces, { signal });
  })();
  const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
  const { sizeBytes, storedBytes, commitment } = stat;
  const hex = objectIdHex(stat.id);
  output.result(
    {
      id: hex,
      file: name,
      sizeBytes,
      storedBytes,
      held,
      commR: bytesToHex(commR),
      commitment: bytesToHex(commitment),
    },
    output.quiet ? hex : `${hex}  ${name}`,
  );
  const rate = formatSize(Math.round(sizeBytes / seconds));
  output.remark(held ? '  already held, nothing sent' : `  ${formatSize(sizeBytes)} stored at ${rate}/s`);
}

async function openUpload(name: string, { signal }: CommandContext): Promise<Upload> {
  return name === '-' ? await Upload.spool(name, process.stdin, { signal }) : await Upload.open(name);
}

async function hash(upload: Upload, { signal, progressStyle }: CommandContext) {
  using progress = new Progress(progressStyle, 'hashing', upload.sizeBytes);
  return await upload.id({ signal, onBytes: (bytes) => progress.add(bytes) });
}
