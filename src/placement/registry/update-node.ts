import { ProvenderError } from '../../content/provender-error.ts';
import type { Signer } from '../../proof/commitment.ts';
import { MESSAGE_UPDATE_NODE } from '../../proof/message-header.ts';
import { VRF_PROOF_SIZE } from '../../vrf/ecvrf.ts';
import { MessageReader } from '../messages/message-reader.ts';
import { MessageWriter } from '../messages/message-writer.ts';
import { KEY_SIZE, SIGNATURE_SIZE, signMessage } from '../messages/signed-message.ts';
import { readHost, withoutProfile, writeHost } from './node-fields.ts';
import { type NodeFacts, OWNER_SIZE } from './registered-node.ts';

/** What a node changes; ports come together. Its operator stays for ever. */
export interface NodeChanges extends Partial<Omit<NodeFacts, 'grpcPort' | 'httpPort'>> {
  /** A new VRF key, 32 bytes, and π over `registrationInput`, 80 bytes. */
  readonly vrf?: { readonly key: Uint8Array; readonly proof: Uint8Array };
  readonly ports?: Pick<NodeFacts, 'grpcPort' | 'httpPort'>;
  /** For good. */
  readonly retire?: true;
}

/** A node that changes what it said of itself. */
export interface UpdateNode {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** Ed25519 node key, 32 bytes. */
  readonly storerKey: Uint8Array;
  readonly changes: NodeChanges;
  readonly nonce: bigint;
}

/** Bits of the field mask, which are also the order of the fields. */
const MASKED = ['vrf', 'owner', 'region', 'capacityGiB', 'selfValue', 'ports', 'host', 'retire'] as const;

/**
 * header(8) ‖ storerPK 32 ‖ u8 fieldMask ‖ the fields that the mask selects ‖ u64 nonce ‖ sig 64.
 * @throws ProvenderError `PROVENDER_INVALID` for a field that does not fit, or no change at all
 * @see storer-selection.md, section 2
 */
export function encodeUpdateNode(
  { networkId, storerKey, changes, nonce }: UpdateNode,
  signer: Signer,
): Uint8Array {
  const mask = MASKED.reduce((bits, name, i) => (changes[name] === undefined ? bits : bits | (1 << i)), 0);
  checkMask(mask);
  const writer = new MessageWriter()
    .header({ type: MESSAGE_UPDATE_NODE, profile: 0, networkId })
    .bytes(storerKey, KEY_SIZE)
    .u8(mask);
  if (changes.vrf) writer.bytes(changes.vrf.key, KEY_SIZE).bytes(changes.vrf.proof, VRF_PROOF_SIZE);
  if (changes.owner) writer.bytes(changes.owner, OWNER_SIZE);
  if (changes.region !== undefined) writer.u16(changes.region);
  if (changes.capacityGiB !== undefined) writer.u32(changes.capacityGiB);
  if (changes.selfValue !== undefined) writer.u64(changes.selfValue);
  if (changes.ports) writer.u16(changes.ports.grpcPort).u16(changes.ports.httpPort);
  if (changes.host !== undefined) writeHost(writer, changes.host);
  return signMessage(writer.u64(nonce).message(), signer);
}

/**
 * Reads an UpdateNode message and checks its form, not its signature and not its proof.
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeUpdateNode(bytes: Uint8Array): UpdateNode {
  const reader = new MessageReader(bytes, 'UpdateNode');
  const { networkId } = withoutProfile(reader.header(MESSAGE_UPDATE_NODE));
  const storerKey = reader.bytes(KEY_SIZE);
  const changes = decodeChanges(reader);
  const nonce = reader.u64();
  reader.bytes(SIGNATURE_SIZE);
  reader.end();
  return { networkId, storerKey, changes, nonce };
}

function decodeChanges(reader: MessageReader): NodeChanges {
  const mask = reader.u8();
  checkMask(mask);
  const has = (name: (typeof MASKED)[number]): boolean => (mask & (1 << MASKED.indexOf(name))) !== 0;
  return {
    ...(has('vrf') && { vrf: { key: reader.bytes(KEY_SIZE), proof: reader.bytes(VRF_PROOF_SIZE) } }),
    ...(has('owner') && { owner: reader.bytes(OWNER_SIZE) }),
    ...(has('region') && { region: reader.u16() }),
    ...(has('capacityGiB') && { capacityGiB: reader.u32() }),
    ...(has('selfValue') && { selfValue: reader.u64() }),
    ...(has('ports') && { ports: { grpcPort: reader.u16(), httpPort: reader.u16() } }),
    ...(has('host') && { host: readHost(reader) }),
    ...(has('retire') && { retire: true as const }),
  };
}

function checkMask(mask: number): void {
  if (mask === 0) throw new ProvenderError('PROVENDER_INVALID', 'UpdateNode: it changes nothing');
}
