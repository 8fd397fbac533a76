import type { Command } from 'commander';
import { addNetworkInit } from './network-init.ts';
import { addNetworkJoin } from './network-join.ts';
import { addNetworkRegister } from './network-register.ts';
import { addNetworkShow } from './network-show.ts';

/** `provender network`: what founds a network, what its genesis file says, and how a node joins later. */
export function addNetwork(program: Command): void {
  const network = program
    .command('network')
    .description(
      'Found a network: registrations of its first nodes, then its genesis file. Later ones join it.',
    )
    .addHelpText(
      'after',
      `
How a network begins:
  1. on each node:  provender network register --name NAME --address HOST:PORT --capacity 1TiB -o node1.reg
  2. in one place:  provender network init --name NAME node1.reg node2.reg --primary 1 -o genesis.json
  3. on each node:  provender serve --data-dir DIR --network genesis.json     (with --primary on those that init named)

How a node joins later: register and serve as above, and once, in any place:
  provender --node PRIMARY:PORT network join node9.reg`,
    );
  addNetworkRegister(network);
  addNetworkInit(network);
  addNetworkShow(network);
  addNetworkJoin(network);
}
