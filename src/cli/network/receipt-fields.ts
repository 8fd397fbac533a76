import { bytesToHex } from '@noble/hashes/utils.js';
import { objectIdHex } from '../../content/object-id.ts';
import type { ReceiptFacts, ReceiptRound } from '../../placement/receipt.ts';
import { profileName } from '../../proof/profile.ts';
import { kindName } from '../share-fields.ts';

/** What a receipt that holds shows, and what its check relied on, to be compared with another source. Bytes in hex. */
export function receiptFields(facts: ReceiptFacts): Record<string, unknown> {
  return {
    id: objectIdHex(facts.id),
    kind: kindName(facts.kind),
    sizeBytes: facts.sizeBytes,
    dataRoot: bytesToHex(facts.dataRoot),
    profile: profileName(facts.profile),
    name: facts.name,
    replicas: facts.replicas,
    storers: facts.storers.map(({ place, leaf, claim, commit, commR }) => ({
      place,
      storer: bytesToHex(leaf.storerKey),
      operator: bytesToHex(leaf.operatorId),
      region: leaf.region,
      weight: Number(leaf.weight),
      attempt: claim.attempt,
      replicaIndex: commit.replicaIndex,
      commR: bytesToHex(commR),
    })),
    primary: bytesToHex(facts.primaryKey),
    networkId: bytesToHex(facts.networkId),
    genesisHash: bytesToHex(facts.genesisHash),
    genesisChecked: facts.isGenesisChecked,
    round: roundFields(facts.round),
    setKeyRound: roundFields(facts.setKeyRound),
    totalWeight: Number(facts.totalWeight),
    tau: facts.tauNumerator / 1000,
  };
}

function roundFields({ number, hash, unixMs, proposerKey }: ReceiptRound): Record<string, unknown> {
  return {
    number: Number(number),
    hash: bytesToHex(hash),
    unixMs: Number(unixMs),
    proposer: bytesToHex(proposerKey),
  };
}
