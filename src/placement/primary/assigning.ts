import { hexToBytes } from '@noble/hashes/utils.js';
import { encodeAssign } from '../messages/assign.ts';
import type { PlacementReply } from '../ports.ts';
import type { PrimaryParts } from './primary-options.ts';
import type { RunAction } from './run/run-events.ts';

/**
 * Signs an Assign and hands it over, at the address that the registry has now.
 * @returns the storer's answer; `unreachable` when nobody answers
 */
export async function sendAssign(
  { candidate, place, deadlineMs }: Extract<RunAction, { act: 'assign' }>,
  {
    parts,
    profile,
    signal,
  }: { readonly parts: PrimaryParts; readonly profile: number; readonly signal: AbortSignal },
): Promise<PlacementReply> {
  const { storers, signer, address, genesis, chain } = parts;
  const { storerKey, hash } = candidate;
  const node = chain.registry.node(storerKey);
  if (node === undefined || node.retired) return { ok: false, reason: 'retired' };
  const terms = { networkId: genesis.networkId, profile, claimHash: hexToBytes(hash), place, deadlineMs };
  const message = encodeAssign({ ...terms, sources: [address], primaryKey: signer.publicKey }, signer);
  const host = node.host.includes(':') ? `[${node.host}]` : node.host;
  try {
    return await storers.assign({ storerKey, address: `${host}:${node.grpcPort}` }, message, { signal });
  } catch {
    return { ok: false, reason: 'unreachable' }; // whatever it was, the place goes to the next rank
  }
}
