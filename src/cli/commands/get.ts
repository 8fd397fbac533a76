import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import { objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { formatSize } from '../../node/units.ts';
import { parseByteRange } from '../byte-range.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { readMessageFile } from '../message-file.ts';
import { PartialFile } from '../partial-file.ts';
import { Progress } from '../progress.ts';

type GetOptions = { readonly output?: string; readonly range?: string; readonly receipt?: string };

/** `provender get ID`: reads a file, checked, into a file or a pipe. */
export function addGet(program: Command): void {
  program
    .command('get')
    .description('Get a file. The node checks every byte; a target appears whole or not at all.')
    .argument('<id>', 'file id, 64 hex digits')
    .option('-o, --output <file>', 'where to write; - is standard output, the default in a pipe')
    .option('--range <range>', 'START-END (both included), START- or START+LENGTH; units as in 1MiB+4KiB')
    .option('--receipt <file>', 'receipt that says who holds the file, where the node does not know it')
    .option('--progress', 'show progress in a pipe too, a line for each 10 %')
    .addHelpText(
      'after',
      `
Examples:
  provender get ID -o copy.md
  provender get ID | tar t
  provender get ID --range 0-499 -o first-500-bytes
  provender get ID --range 1MiB+4KiB -o block
  provender get ID --receipt r.bin -o copy.md`,
    )
    .action(async (id: string, options: GetOptions, command: Command) => {
      await withNode(command, (context) => get(id, options, context));
    });
}

async function get(idText: string, options: GetOptions, context: CommandContext): Promise<void> {
  const { client, output, signal, progressStyle } = context;
  const id = parseObjectId(idText);
  const range = options.range === undefined ? {} : parseByteRange(options.range);
  const target = options.output ?? '-';
  if (options.output === undefined && process.stdout.isTTY)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      'bytes do not go to a terminal: name a file with -o, or force it with -o -',
    );
  const receipt = options.receipt === undefined ? undefined : await readMessageFile(options.receipt);
  const reading = await client.getFile(id, range, { ...(receipt && { receipt }), signal });
  using progress = new Progress(progressStyle, 'getting', reading.length);
  if (target === '-') return await writeAll(process.stdout, progress.through(reading.data), signal);
  await using file = await PartialFile.open(target);
  for await (const piece of progress.through(reading.data)) await file.write(piece);
  await file.publish();
  const { offset, length: sizeBytes } = reading;
  if (output.json) output.result({ id: objectIdHex(id), file: target, offset, sizeBytes }, '');
  output.remark(`${formatSize(sizeBytes)} in ${target}`);
}

/** Writes to a pipe at its reader's pace; a reader that goes away ends it without an error, as with other commands. */
export async function writeAll(
  sink: Writable,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  const onError = (error: unknown): void => gone.abort(error);
  sink.on('error', onError);
  try {
    for await (const piece of source) {
      if (!sink.write(piece)) await once(sink, 'drain', { signal: AbortSignal.any([signal, gone.signal]) });
      gone.signal.throwIfAborted();
    }
  } catch (error) {
    if (!gone.signal.aborted || !isBrokenPipe(gone.signal.reason)) throw error;
  } finally {
    sink.off('error', onError);
  }
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
