import { address, bytes, count, flag, listOf, text } from './setting-types.ts';
import { isHostName } from './units.ts';

const MIB = 2 ** 20;

/** Settings of a node's place in a network. */
export const NETWORK_SETTINGS = {
  network: text
    .optional()
    .describe('Genesis file of the network that the node belongs to; without one it stands alone.'),
  primary: flag
    .prefault(false)
    .describe(
      'Take files for the network: announce them, place them with storers, append rounds. The genesis file has to name the node.',
    ),
  advertise: address
    .optional()
    .describe('Address of gRPC as other nodes reach it. Default: the one that the node is registered with.'),
  peers: listOf(address, 8)
    .optional()
    .describe(
      'Nodes to follow besides the primaries of the genesis, up to 8, in place of those that DNS names; a list, or separated by commas.',
    ),
  seedDomain: text
    .refine(isHostName, 'is no domain name')
    .optional()
    .describe(
      'Domain whose SRV records name nodes to follow besides the primaries. Default: the name of the network, when it is a domain name.',
    ),
  stageLimit: bytes(MIB)
    .prefault('64GiB')
    .describe('Primary: bytes of the data directory that files may take while they wait for their storers.'),
  maxAssignments: count(1, 1024)
    .prefault(4)
    .describe('Storer: files that it fetches and encodes at a time for the network.'),
};

interface NetworkConfig {
  readonly network?: string | undefined;
  readonly primary: boolean;
  readonly advertise?: object | undefined;
  readonly peers?: readonly object[] | undefined;
  readonly seedDomain?: string | undefined;
}

/** What is wrong between settings that are right by themselves. */
export interface NetworkContradiction {
  readonly setting: keyof typeof NETWORK_SETTINGS;
  readonly message: string;
}

/** Checks the settings together: a role without a network would do nothing, and nobody would see why. */
export function networkContradiction(config: NetworkConfig): NetworkContradiction | undefined {
  const { network, primary } = config;
  if (network !== undefined) return undefined;
  const message = 'works in a network only; name its genesis file with --network';
  if (primary) return { setting: 'primary', message };
  const optional = ['advertise', 'peers', 'seedDomain'] as const;
  const setting = optional.find((name) => config[name] !== undefined);
  return setting === undefined ? undefined : { setting, message };
}
