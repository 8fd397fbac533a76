import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Clock } from '../../placement/clock.ts';
import type { Genesis } from '../../placement/registry/genesis.ts';
import type { NetworkFacts } from '../../rpc/network-view.ts';
import { isHostName } from '../units.ts';
import { seedNames, type SrvResolver } from './seed-names.ts';

const MAX_PEERS = 8;
/** With fewer peers than this the names are asked again. */
const ENOUGH = 3;
/** Node's resolver hides the TTL of SRV records, so that the upper bound of the pause is the pause. */
const PAUSE_MS = 60_000;

/** What peers are found with. */
export interface SeedPeersOptions {
  /** Names to start from; none for a fixed list. */
  readonly domain?: string;
  /** `host:port` of nodes; takes the place of the domain. */
  readonly fixed?: readonly string[];
  /** Asks a node which network it is in. */
  readonly ask: (address: string, signal: AbortSignal) => Promise<NetworkFacts>;
  readonly genesis: Pick<Genesis, 'name' | 'networkId' | 'hash' | 'primaries'>;
  /** Node key of this node, which is no peer of its own. */
  readonly storerKey: Uint8Array;
  /** Ended with the peers. */
  readonly resolver: SrvResolver;
  readonly clock: Clock;
  /** Draws by weight; numbers from 0 to below 1. */
  readonly random: () => number;
  /** Is told what failed; it is tried again where peers are few. */
  readonly trouble: (error: unknown) => void;
}

/**
 * Nodes to follow besides the primaries of the genesis: those of a fixed list, or those that a domain names. Whoever names them is not trusted: a node
 * of another network is left out, and all that the others send is checked as what a primary sends.
 *
 * @see storer-selection.md, section 2
 */
export class SeedPeers implements AsyncDisposable {
  readonly #options: SeedPeersOptions;
  readonly #ended = new AbortController();
  readonly #known = new Set<string>();
  /** Have sent what does not hold; never asked again. */
  readonly #dropped = new Set<string>();
  #followed: readonly string[] = [];
  readonly #running: Promise<void>;

  private constructor(options: SeedPeersOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Begins to look, in the background. */
  static start(options: SeedPeersOptions): SeedPeers {
    return new SeedPeers(options);
  }

  /** `host:port` of the peers that are no primaries of the genesis, which everybody follows anyway. */
  addresses(): readonly string[] {
    return this.#followed;
  }

  /** Forgets a peer for as long as the node runs: it has sent what does not hold. */
  drop(address: string): void {
    if (!this.#known.delete(address)) return;
    this.#dropped.add(address);
    this.#followed = this.#followed.filter((other) => other !== address);
  }

  /** Stops looking. Idempotent. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#options.resolver.cancel();
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    const { fixed, domain, clock } = this.#options;
    const enough = fixed === undefined ? ENOUGH : Math.min(fixed.length, MAX_PEERS);
    const { signal } = this.#ended;
    if (fixed === undefined && domain === undefined) return;
    while (!signal.aborted) {
      await this.#look(signal).catch((error: unknown) => this.#tell(error));
      if (this.#known.size >= enough) return;
      await clock.sleep(PAUSE_MS, signal).catch(() => undefined); // the loop sees the abort
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { fixed, domain } = this.#options;
    const named = fixed ?? (domain === undefined ? [] : await this.#resolve(domain));
    const fresh = named.filter((address) => !this.#known.has(address) && !this.#dropped.has(address));
    const tried = fresh.slice(0, MAX_PEERS - this.#known.size);
    const answers = await Promise.all(tried.map((address) => this.#check(address, signal)));
    const found = tried.flatMap((address, i) => (answers[i] === 'peer' ? [address] : []));
    this.#followed = [...this.#followed, ...found];
  }

  async #resolve(domain: string): Promise<string[]> {
    const names = await seedNames(domain, this.#options).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `the name service does not tell the nodes of ${domain}: ${reason}`;
      throw new ProvenderError('PROVENDER_UNAVAILABLE', message, { cause });
    });
    if (names.length > 0) return names;
    throw new ProvenderError('PROVENDER_NOT_FOUND', `${domain} has no SRV records of nodes; see seedDomain`);
  }

  async #check(address: string, signal: AbortSignal): Promise<'peer' | 'none'> {
    const { ask, genesis, storerKey } = this.#options;
    let facts: NetworkFacts;
    try {
      facts = await ask(address, signal);
    } catch (error) {
      this.#tell(error);
      return 'none';
    }
    const isSame =
      compareBytes(facts.networkId, genesis.networkId) === 0 &&
      compareBytes(facts.genesisHash, genesis.hash) === 0;
    if (!isSame) {
      const message = `${address} is in another network than ${genesis.name}: other id or genesis`;
      this.#tell(new ProvenderError('PROVENDER_INVALID', message));
      return 'none';
    }
    const isKey = (key: Uint8Array): boolean => compareBytes(key, facts.storerKey) === 0;
    if (isKey(storerKey)) return 'none';
    this.#known.add(address);
    return genesis.primaries.some((primary) => isKey(primary.storerKey)) ? 'none' : 'peer';
  }

  /** What a close cuts off is no trouble. */
  #tell(error: unknown): void {
    if (!this.#ended.signal.aborted) this.#options.trouble(error);
  }
}

/** The domain to ask where the settings name none: the name of the network, when it is a domain name. */
export function domainOf(networkName: string): string | undefined {
  return networkName.includes('.') && isHostName(networkName) ? networkName : undefined;
}
