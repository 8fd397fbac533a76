import { bytesToHex } from '@noble/hashes/utils.js';
import type { Genesis } from '../../placement/registry/genesis.ts';
import { decodeRegisterNode } from '../../placement/registry/register-node.ts';
import { decodeRound } from '../../placement/rounds/round.ts';
import { registrationFields, registrationText } from './registration-fields.ts';

/** What `--json` tells of a genesis file. Bytes in hex. */
export function genesisFields(genesis: Genesis): Record<string, unknown> {
  const { name, networkId, hash, primaries, parameters } = genesis;
  return {
    name,
    networkId: bytesToHex(networkId),
    genesisHash: bytesToHex(hash),
    primaries: primaries.map(({ storerKey, address }) => ({ storer: bytesToHex(storerKey), address })),
    nodes: foundersOf(genesis).map(registrationFields),
    parameters,
  };
}

/** The same for people. */
export function genesisText(genesis: Genesis): string {
  const { name, networkId, hash, primaries, parameters } = genesis;
  const { epochLength, roundIntervalMs, valuation, claimMs, commitMs, bytesPerSecond, regionCap } =
    parameters;
  return [
    `network       ${name}`,
    `network id    ${bytesToHex(networkId)}`,
    `genesis hash  ${bytesToHex(hash)}`,
    `rounds        every ${roundIntervalMs} ms, ${epochLength} to an epoch`,
    `storers       claim in ${claimMs} ms, commit in ${commitMs} ms and a second for each ${bytesPerSecond} bytes`,
    `weights       GiB × ${valuation} / 65536; ${regionCap ? 'a region holds at most half of the replicas' : 'no cap on regions'}`,
    ...primaries.map(({ storerKey, address }) => `primary       ${bytesToHex(storerKey)}  ${address}`),
    ...foundersOf(genesis).map((node) => `node          ${registrationText(node)}`),
  ].join('\n');
}

function foundersOf({ round }: Genesis) {
  return decodeRound(round).records.map(decodeRegisterNode);
}
