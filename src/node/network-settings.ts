import { address, bytes, count, flag, text } from './setting-types.ts';

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
}

/** What is wrong between settings that are right by themselves. */
export interface NetworkContradiction {
  readonly setting: keyof typeof NETWORK_SETTINGS;
  readonly message: string;
}

/** Checks the settings together: a role without a network would do nothing, and nobody would see why. */
export function networkContradiction(config: NetworkConfig): NetworkContradiction | undefined {
  const { network, primary, advertise } = config;
  if (network !== undefined) return undefined;
  const cure = 'works in a network only; name its genesis file with --network';
  if (primary) return { setting: 'primary', message: cure };
  if (advertise !== undefined) return { setting: 'advertise', message: cure };
  return undefined;
}
