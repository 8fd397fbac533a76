import { OBJECT_KIND, type ObjectFacts } from '../../src/content/object-id.ts';
import { buildReceipt } from '../../src/placement/receipt.ts';
import { formatGenesis } from '../../src/placement/registry/genesis.ts';
import { Chain } from '../../src/placement/rounds/chain.ts';
import { TreeBuilder } from '../../src/proof/tree-builder.ts';
import { announceRecord, roundFor, setKeyRecord, testNetwork } from './test-network.ts';

/** A receipt of a made-up network with a real log, and the genesis file of that. */
export interface PlacedReceipt {
  readonly receipt: Uint8Array;
  readonly genesisText: string;
}

/** Has three storers of a network of five sign for a file. */
export function placedReceipt(facts: ObjectFacts, networkName = 'testnet'): PlacedReceipt {
  const network = testNetwork(5, { name: networkName });
  const { genesis, primary, nodes, name } = network;
  const chain = Chain.from(genesis);
  const append = (records: readonly Uint8Array[]): Uint8Array => {
    const round = roundFor(chain, primary, records);
    chain.next(round);
    return round;
  };
  append([announceRecord(primary, name, { facts })]);
  const round = append([]);
  const setKey = setKeyRecord(chain, network, { facts, announced: 1n, storers: nodes.slice(1, 4) });
  const setKeyRound = append([setKey]);
  const snapshot = chain.snapshotOf(2n);
  if (snapshot === undefined) throw new Error('round 2 has a snapshot');
  const receipt = buildReceipt({ setKey, round, setKeyRound, snapshot, genesis });
  return { receipt, genesisText: formatGenesis(genesis) };
}

/** What a file of these bytes is. */
export function fileFacts(content: Uint8Array): ObjectFacts {
  const tree = new TreeBuilder();
  tree.update(content);
  const { dataRoot } = tree.finish();
  return { kind: OBJECT_KIND.file, sizeBytes: content.length, count: 1, dataRoot };
}
