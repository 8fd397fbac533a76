import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes } from '../../content/object-id.ts';
import { isProvenderError } from '../../content/provender-error.ts';
import type { Genesis } from '../../placement/registry/genesis.ts';
import { type NetworkFacts, type NetworkNode, ProvenderClient } from '../../rpc/client/index.ts';
import type { ClientTls } from '../../rpc/client/tls-credentials.ts';
import { peerTls } from '../network/peer-tls.ts';
import type { NodeConfig } from '../settings.ts';
import { type Finding, failed } from './finding.ts';

/** A check waits no longer than this for a primary. */
const PATIENCE_MS = 5000;

type Named = Genesis['primaries'][number];

/** What a primary says about its network and about a node. */
interface Answer {
  readonly facts: NetworkFacts;
  readonly node?: NetworkNode;
}

/** What the primaries of a network say. */
interface PrimariesAnswer {
  /** One for each. */
  readonly findings: readonly Finding[];
  /** The node that was asked for, as one of them has it. */
  readonly node?: NetworkNode;
}

/**
 * Asks each primary of a genesis but the own node, as the node itself would call it. One that is silent is `bad` when no other one answers.
 * @param storerKey - node key of the own node, 32 bytes
 */
export async function askPrimaries(
  genesis: Genesis,
  config: NodeConfig,
  storerKey: Uint8Array | undefined,
): Promise<PrimariesAnswer> {
  const others = genesis.primaries.filter(
    (primary) => storerKey === undefined || compareBytes(primary.storerKey, storerKey) !== 0,
  );
  let tls: ClientTls | undefined;
  try {
    tls = await peerTls(config);
  } catch {
    return { findings: [] }; // the check of the own certificate has told which file cannot be read
  }
  const answers = await Promise.all(
    others.map(async ({ address }) => {
      try {
        return await ask({ address, ...(tls && { tls }) }, storerKey);
      } catch (error) {
        return failed(checkOf(address), error);
      }
    }),
  );
  const isAnyThere = answers.some((answer) => 'facts' in answer);
  const findings = answers.map((answer, i): Finding => {
    if ('facts' in answer) return judged(others[i], genesis, answer);
    return isAnyThere ? { ...answer, state: 'warning' } : answer;
  });
  const node = answers.flatMap((answer) =>
    'node' in answer && answer.node !== undefined ? [answer.node] : [],
  )[0];
  return { findings, ...(node && { node }) };
}

function checkOf(address: string | undefined): string {
  return `primary ${address}`;
}

async function ask(
  place: { readonly address: string; readonly tls?: ClientTls },
  storerKey: Uint8Array | undefined,
): Promise<Answer> {
  await using client = await ProvenderClient.open({ ...place, channels: 1, timeoutMs: PATIENCE_MS });
  const facts = await client.network.facts();
  if (storerKey === undefined) return { facts };
  try {
    return { facts, node: (await client.network.node(storerKey)).node };
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_NOT_FOUND')) return { facts };
    throw error;
  }
}

function judged(primary: Named | undefined, { hash }: Genesis, { facts }: Answer): Finding {
  const check = checkOf(primary?.address);
  const { name, genesisHash, head, fault } = facts;
  if (compareBytes(genesisHash, hash) !== 0) {
    const found = `is of ${name} with genesis ${bytesToHex(genesisHash)}, the file has ${bytesToHex(hash)}`;
    return { check, state: 'bad', found, cure: 'Get the genesis file of this network from its operator.' };
  }
  if (primary !== undefined && compareBytes(facts.storerKey, primary.storerKey) !== 0) {
    const found = `another node answers there: ${bytesToHex(facts.storerKey)}`;
    return { check, state: 'bad', found, cure: 'Ask who runs the network where its primary is.' };
  }
  if (fault !== undefined)
    return {
      check,
      state: 'bad',
      found: fault,
      cure: 'See docs/operations.md, "When something is wrong in a network".',
    };
  return { check, state: 'good', found: `answers, round ${head.number}` };
}
