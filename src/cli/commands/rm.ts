import type { Command } from 'commander';
import { type ObjectId, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { ProvenderClient } from '../../rpc/client/index.ts';
import { noteFailure, withNode } from '../command-context.ts';

/** `provender rm ID...`: removes files, collections and lone chunks. */
export function addRm(program: Command): void {
  program
    .command('rm')
    .description('Remove files, collections or lone chunks; goes on after one that fails. For operators.')
    .argument('<id...>', 'object ids, 64 hex digits')
    .addHelpText(
      'after',
      `
Examples:
  provender rm ID
  provender --quiet ls | xargs provender rm`,
    )
    .action(async (ids: string[], _options: unknown, command: Command) => {
      await withNode(command, async ({ client, output, signal }) => {
        for (const id of ids.map((text) => parseObjectId(text))) {
          try {
            await removeAny(client, id, signal);
            output.result({ id: objectIdHex(id), removed: true }, objectIdHex(id));
          } catch (error) {
            signal.throwIfAborted();
            noteFailure(output.failure(error));
          }
        }
      });
    });
}

async function removeAny(client: ProvenderClient, id: ObjectId, signal: AbortSignal): Promise<void> {
  try {
    await client.removeFile(id, { signal });
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_NOT_FOUND')) throw error;
    await client.removeShare(id, { signal });
  }
}
