import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { HASH_SIZE } from '../content/geometry.ts';
import { objectIdHex } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { PROOF_FORM, PROOF_MODE } from '../proof/challenge.ts';
import { commR, isSignedByStorer, replicaId, type Statement } from '../proof/commitment.ts';
import { profileName } from '../proof/profile.ts';
import type { ReplicaProof } from '../proof/read-proof.ts';
import { kindName } from './share-fields.ts';

const MODE_NAMES: ReadonlyMap<number, string> = new Map([
  [PROOF_MODE.init, 'init'],
  [PROOF_MODE.initAlone, 'init-alone'],
  [PROOF_MODE.rewardAudit, 'reward-audit'],
  [PROOF_MODE.audit, 'audit'],
]);
const FORM_NAMES: ReadonlyMap<number, string> = new Map([
  [PROOF_FORM.whole, 'whole'],
  [PROOF_FORM.relation, 'relation'],
  [PROOF_FORM.possession, 'possession'],
]);

/** Name of the mode of a challenge; its number for an unknown one. */
export function modeName(mode: number): string {
  return MODE_NAMES.get(mode) ?? String(mode);
}

/** Name of the form of a proof; its number for an unknown one. */
export function formName(form: number): string {
  return FORM_NAMES.get(form) ?? String(form);
}

/** What a Commitment says, and whether its storer signed it. Bytes in hex. */
export function commitmentFields(bytes: Uint8Array, statement: Statement): Record<string, unknown> {
  return {
    type: 'commitment',
    object: objectIdHex(statement.id),
    kind: kindName(statement.kind),
    sizeBytes: statement.sizeBytes,
    count: statement.count,
    profile: profileName(statement.profile),
    network: bytesToHex(statement.networkId),
    storer: bytesToHex(statement.storerKey),
    seed: bytesToHex(statement.seed),
    round: statement.round,
    replicaIndex: statement.replicaIndex,
    dataRoot: bytesToHex(statement.dataRoot),
    layerRoots: statement.layerRoots.map((root) => bytesToHex(root)),
    replicaId: bytesToHex(replicaId(statement)),
    commR: bytesToHex(commR(statement)),
    signature: isSignedByStorer(bytes) ? 'of the storer' : 'of somebody else',
  };
}

/** What a proof says of itself; nothing of it is checked. Bytes in hex. */
export function proofFields(proof: ReplicaProof): Record<string, unknown> {
  const top = proof.form === PROOF_FORM.possession ? proof.profile : proof.multiproofs.length - 1;
  return {
    type: 'proof',
    mode: modeName(proof.mode),
    form: formName(proof.form),
    k: proof.k,
    beacon: bytesToHex(proof.beacon),
    profile: profileName(proof.profile),
    network: bytesToHex(proof.networkId),
    commR: bytesToHex(proof.commR),
    replicaBytes: proof.replica.length,
    layers: proof.multiproofs.map(({ indices, siblings }, i) => ({
      layer: top - i,
      leaves: indices.length,
      siblings: siblings.length,
    })),
  };
}

/** Fields as lines for people: names in one column, values in the next. */
export function fieldLines(fields: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(fields).map(([name, value]) => {
    const text = Array.isArray(value) ? value.map(valueText).join(' ') : valueText(value);
    return `${name.padEnd(12)}  ${text}`;
  });
  return lines.join('\n');
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${String(part)}`)
    .join(', ')
    .replace(/^/, '(')
    .concat(')');
}

/** Reads 32 bytes from hex. @param flag - what the user called it. @throws ProvenderError `PROVENDER_INVALID` */
export function parseHash(flag: string, text: string): Uint8Array {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return hexToBytes(text);
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `${flag}: ${text.length} characters, must be ${2 * HASH_SIZE} hex digits`,
  );
}

/** Reads how many leaves a challenge draws. @throws ProvenderError `PROVENDER_INVALID` */
export function parseLeaves(text: string): number {
  const k = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(k)) return k;
  throw new ProvenderError('PROVENDER_INVALID', `--k ${text}: is no number of leaves, an audit has 1 to 128`);
}
