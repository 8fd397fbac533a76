import type { Command } from 'commander';
import { type ObjectId, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { ProvenderClient } from '../../rpc/client/index.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { PartialFile } from '../partial-file.ts';
import { writeAll } from './get.ts';

type ChunkGetOptions = { readonly output?: string };

/** `provender chunk get ID...`: the bytes of chunks, one behind the other. */
export function addChunkGet(chunk: Command): void {
  chunk
    .command('get')
    .description('Get chunks, alone or inside collections; several are written one behind the other.')
    .argument('<id...>', 'chunk ids, 64 hex digits')
    .option('-o, --output <file>', 'where to write; - is standard output, the default in a pipe')
    .addHelpText(
      'after',
      `
Examples:
  provender chunk get ID | xxd | head
  provender chunk get ID ID ID -o whole`,
    )
    .action(async (ids: string[], options: ChunkGetOptions, command: Command) => {
      await withNode(command, (context) => get(ids, options, context));
    });
}

async function get(idTexts: string[], options: ChunkGetOptions, context: CommandContext): Promise<void> {
  const { client, output, signal } = context;
  const ids = idTexts.map((text) => parseObjectId(text));
  const target = options.output ?? '-';
  if (options.output === undefined && process.stdout.isTTY)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      'bytes do not go to a terminal: name a file with -o, or force it with -o -',
    );
  const chunks = readChunks(client, ids, signal);
  if (target === '-') return await writeAll(process.stdout, chunks, signal);
  await using file = await PartialFile.open(target);
  for await (const bytes of chunks) await file.write(bytes);
  await file.publish();
  if (output.json) output.result({ ids: ids.map((id) => objectIdHex(id)), file: target }, '');
}

async function* readChunks(
  client: ProvenderClient,
  ids: readonly ObjectId[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const items of client.readShares({ ids }, { signal })) {
    for (const item of items) {
      if ('error' in item) throw item.error;
      yield item.bytes;
    }
  }
}
