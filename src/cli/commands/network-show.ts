import type { Command } from 'commander';
import { withoutNode } from '../command-context.ts';
import { genesisFields, genesisText } from '../network/genesis-fields.ts';
import { readGenesis } from '../network/genesis-file.ts';

/** `provender network show`: what a genesis file says, after all of it was checked. */
export function addNetworkShow(network: Command): void {
  network
    .command('show')
    .description('Check a genesis file and print what it says. Needs no node.')
    .argument('<genesis>', 'genesis file')
    .addHelpText(
      'after',
      `
The genesis hash is what nodes and receipts quote: compare it with another source before you trust the file.

Examples:
  provender network show genesis.json
  provender --json network show genesis.json | jq -r .genesisHash`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      await withoutNode(command, async (output) => {
        const genesis = await readGenesis(path);
        output.result(genesisFields(genesis), genesisText(genesis));
      });
    });
}
