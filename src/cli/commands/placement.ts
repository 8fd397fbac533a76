import type { Command } from 'commander';
import { parseObjectId } from '../../content/object-id.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { explanationFields, explanationText } from '../network/explanation-text.ts';
import { storerFields, storerText } from '../network/storer-text.ts';

/** `provender placement`: what became of the placement of a file. */
export function addPlacement(program: Command): void {
  program
    .command('placement')
    .description('See how files were placed with storers.')
    .command('explain')
    .description('Say who was picked for a file, who was not, and why, as the node of --node knows it.')
    .argument('<id>', 'file id, 64 hex digits')
    .addHelpText(
      'after',
      `
A primary tells of all storers that spoke up for a file that was put to it; a storer tells of itself. Both remember their last
1000 files.

Examples:
  provender placement explain ID
  provender --json placement explain ID | jq '.placement.storers[] | select(.reason)'`,
    )
    .action(async (id: string, _options: unknown, command: Command) => {
      await withNode(command, (context) => explain(id, context));
    });
}

async function explain(idText: string, { client, output, signal }: CommandContext): Promise<void> {
  const { placement, storer } = await client.network.explain(parseObjectId(idText), { signal });
  const fields = {
    ...(placement !== undefined && { placement: explanationFields(placement) }),
    ...(storer !== undefined && { storer: storerFields(storer) }),
  };
  const text = [
    ...(placement === undefined ? [] : explanationText(placement)),
    ...(storer === undefined ? [] : storerText(storer)),
  ];
  output.result(fields, text.join('\n'));
}
