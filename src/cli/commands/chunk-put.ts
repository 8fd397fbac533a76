import { open } from 'node:fs/promises';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { BLOCK_SIZE } from '../../content/geometry.ts';
import { objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { formatSize } from '../../node/units.ts';
import { chunkIds } from '../chunk-ids.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { localError } from '../local-error.ts';
import { chosenProfile, type ProfileOptions, profileOption } from '../profile-option.ts';
import { shareFields } from '../share-fields.ts';
import { standardInput } from '../standard-input.ts';

type ChunkPutOptions = ProfileOptions & { readonly split?: boolean };

/** A collection is sent in the order of its ids, so all chunks are in memory before the first is sent. */
const MAX_TOTAL = 256 * 2 ** 20;

/** `provender chunk put FILE...`: one chunk by itself, several as a collection. */
export function addChunkPut(chunk: Command): void {
  chunk
    .command('put')
    .description(
      'Put chunks of at most 4096 bytes. One is stored by itself, several as a collection, all or nothing.',
    )
    .argument('<file...>', 'files to put, each one chunk; - takes standard input')
    .option('--split', 'cut each file into chunks of 4096 bytes')
    .addOption(profileOption())
    .addHelpText(
      'after',
      `
Prints the id of each chunk in the order given; a collection's own id goes before them with --json and to standard error else.

Examples:
  printf 'hello' | provender chunk put -
  provender chunk put --split README.md
  provender chunk get $(provender --quiet chunk put --split README.md) -o copy.md`,
    )
    .action(async (files: string[], options: ChunkPutOptions, command: Command) => {
      await withNode(command, async (context) => {
        const chunks = await readChunks(files, options.split === true, context.signal);
        const [only] = chunks;
        if (chunks.length === 1 && only !== undefined) await putOne(only, options, context);
        else await putMany(chunks, options, context);
      });
    });
}

async function putOne(
  chunk: Uint8Array,
  options: ProfileOptions,
  { client, output, signal }: CommandContext,
): Promise<void> {
  const { stat, held, commR } = await client.setShare(chunk, { signal, ...chosenProfile(options) });
  output.result({ ...shareFields(stat), held, commR: bytesToHex(commR) }, objectIdHex(stat.id));
  output.remark(held ? '  already held' : `  ${formatSize(chunk.length)} stored`);
}

async function putMany(
  chunks: readonly Uint8Array[],
  options: ProfileOptions,
  { client, output, signal }: CommandContext,
): Promise<void> {
  const ids = chunkIds(chunks);
  const { stat, held, commR } = await client.setShares(chunks, { signal, ...chosenProfile(options) });
  if (output.json) output.result({ ...shareFields(stat), held, commR: bytesToHex(commR) }, '');
  ids.forEach((id, i) => {
    const hex = objectIdHex(id);
    output.result(
      { id: hex, kind: 'chunk', sizeBytes: chunks[i]?.length ?? 0, collection: objectIdHex(stat.id) },
      hex,
    );
  });
  const what = `collection ${objectIdHex(stat.id)} of ${stat.count} chunks`;
  output.remark(held ? `  ${what}, already held` : `  ${what} stored`);
}

async function readChunks(
  files: readonly string[],
  isSplit: boolean,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (const file of files) {
    const bytes = await readWhole(file, isSplit ? MAX_TOTAL - total : BLOCK_SIZE, isSplit, signal);
    total += bytes.length;
    chunks.push(...cut(bytes));
  }
  return chunks;
}

/** An empty file is an empty chunk. */
function cut(bytes: Uint8Array): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / BLOCK_SIZE));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE));
}

async function readWhole(
  file: string,
  limit: number,
  isSplit: boolean,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of await openStream(file, signal)) {
      size += piece.length;
      if (size > limit) throw tooLong(file, limit, isSplit);
      pieces.push(piece);
    }
  } catch (error) {
    throw localError(file, error);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

async function openStream(file: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  return file === '-' ? standardInput(signal) : (await open(file, 'r')).createReadStream({ signal });
}

function tooLong(file: string, limit: number, isSplit: boolean): ProvenderError {
  const cure = isSplit
    ? 'put the rest with another call, or use: provender put'
    : 'use --split, or: provender put';
  return new ProvenderError('PROVENDER_INVALID', `${file}: more than ${limit} bytes; ${cure}`, {
    details: { limit },
  });
}
