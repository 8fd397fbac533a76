import type { Command } from 'commander';
import { objectIdHex, parseObjectId } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import { formatSize } from '../../node/units.ts';
import type { ProvenderClient } from '../../rpc/client/index.ts';
import { profileName } from '../../proof/profile.ts';
import type { ShareStat } from '../../shares/shares.ts';
import { withNode } from '../command-context.ts';
import { kindName, shareFields } from '../share-fields.ts';

/** `provender stat ID...`: what a node holds under an id. */
export function addStat(program: Command): void {
  program
    .command('stat')
    .description('Say what the node holds under an id: a file, a collection or a chunk.')
    .argument('<id...>', 'object ids, 64 hex digits')
    .addHelpText(
      'after',
      `
Examples:
  provender stat ID
  provender --json stat ID | jq -r .commitment`,
    )
    .action(async (ids: string[], _options: unknown, command: Command) => {
      await withNode(command, async ({ client, output, signal }) => {
        for (const id of ids) {
          const stat = await statAny(client, id, signal);
          output.result(shareFields(stat), describe(stat));
        }
      });
    });
}

/** An id says nothing of its kind, and the node keeps files apart from chunks and collections. */
async function statAny(client: ProvenderClient, idText: string, signal: AbortSignal): Promise<ShareStat> {
  const id = parseObjectId(idText);
  try {
    return await client.statFile(id, { signal });
  } catch (error) {
    if (!isProvenderError(error, 'PROVENDER_NOT_FOUND')) throw error;
    return await client.statShare(id, { signal });
  }
}

function describe(stat: ShareStat): string {
  const lines = [
    `id          ${objectIdHex(stat.id)}`,
    `kind        ${kindName(stat.kind)}`,
    `size        ${stat.sizeBytes} bytes (${formatSize(stat.sizeBytes)})`,
    `profile     ${profileName(stat.profile)}`,
    `stored      ${stat.storedBytes} bytes`,
  ];
  if (kindName(stat.kind) === 'collection') lines.push(`chunks      ${stat.count}`);
  if (stat.collection !== undefined) {
    lines.push(`collection  ${objectIdHex(stat.collection.id)}`, `position    ${stat.collection.position}`);
  }
  return lines.join('\n');
}
