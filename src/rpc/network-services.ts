import { ProvenderError } from '../content/provender-error.ts';
import type { PrimaryHandlers } from '../placement/primary/handlers.ts';
import type { RoundLog } from '../placement/rounds/round-log.ts';
import type { StorerHandlers } from '../placement/storer/handlers.ts';
import type { NetworkView } from './network-view.ts';

/** What a node of a network serves besides its shares. */
export interface NetworkServices {
  readonly log: RoundLog;
  readonly view: NetworkView;
  /** Absent at a node that is no primary. */
  readonly primary?: PrimaryHandlers;
  /** Absent at a node that is no storer. */
  readonly storer?: StorerHandlers;
}

/** The network of a node. @throws ProvenderError `PROVENDER_UNSUPPORTED` at one that stands alone */
export function networkOf(network: NetworkServices | undefined): NetworkServices {
  if (network !== undefined) return network;
  throw unsupported('this node belongs to no network: start it with provender serve --network genesis.json');
}

/** The primary of a node. @throws ProvenderError `PROVENDER_UNSUPPORTED` at one that is none */
export function primaryOf(network: NetworkServices | undefined): PrimaryHandlers {
  const { primary } = networkOf(network);
  if (primary !== undefined) return primary;
  throw unsupported('this node is no primary: call one that the genesis file names (provender network show)');
}

/** The storer of a node. @throws ProvenderError `PROVENDER_UNSUPPORTED` at one that is none */
export function storerOf(network: NetworkServices | undefined): StorerHandlers {
  const { storer } = networkOf(network);
  if (storer !== undefined) return storer;
  throw unsupported('this node is no storer: call one that is registered (provender nodes)');
}

function unsupported(text: string): ProvenderError {
  return new ProvenderError('PROVENDER_UNSUPPORTED', text);
}
