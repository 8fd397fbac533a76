import { Resolver } from 'node:dns/promises';
import { formatAddress, isHostName } from '../units.ts';
import { type SrvRecord, srvOrder } from './srv-order.ts';

const SERVICES = ['_provender-consensus', '_provender-storage'] as const;
/** The names are there, or not, and no record of the kind stands under one: no failure of the name service. */
const NO_RECORD = ['ENODATA', 'ENOTFOUND'];

/** What is asked of a name service; the rest of Node's resolver is not needed. */
export type SrvResolver = Pick<Resolver, 'resolveSrv' | 'cancel'>;

/** A resolver as the system is set up, that gives up in time. */
export function systemResolver(): SrvResolver {
  return new Resolver({ timeout: 5000, tries: 2 });
}

/**
 * Asks a domain for the long-lived nodes of its network.
 *
 * @param domain - asked for `_provender-consensus._tcp` and `_provender-storage._tcp`
 * @param random - draws by weight; numbers from 0 to below 1
 * @returns `host:port`, each once, in the order in which to try them; empty when the domain names none
 * @throws what the resolver throws when neither name could be asked
 */
export async function seedNames(
  domain: string,
  { resolver, random }: { readonly resolver: SrvResolver; readonly random: () => number },
): Promise<string[]> {
  const asked = SERVICES.map((service) => recordsOf(`${service}._tcp.${domain}`, resolver));
  const answers = await Promise.allSettled(asked);
  const records = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (records.length === 0 && failed !== undefined) throw failed.reason;
  const usable = records.filter(({ name, port }) => port > 0 && isHostName(name));
  const addresses = srvOrder(usable, random).map(({ name, port }) => formatAddress({ host: name, port }));
  return [...new Set(addresses)];
}

async function recordsOf(name: string, resolver: SrvResolver): Promise<readonly SrvRecord[]> {
  try {
    return await resolver.resolveSrv(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && NO_RECORD.includes(String(error.code))) return [];
    throw error;
  }
}
