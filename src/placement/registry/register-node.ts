import type { Signer } from '../../proof/commitment.ts';
import { MESSAGE_REGISTER_NODE } from '../../proof/message-header.ts';
import { VRF_PROOF_SIZE } from '../../vrf/ecvrf.ts';
import { MessageReader } from '../messages/message-reader.ts';
import { MessageWriter } from '../messages/message-writer.ts';
import { KEY_SIZE, SIGNATURE_SIZE, signMessage } from '../messages/signed-message.ts';
import { readHost, withoutProfile, writeHost } from './node-fields.ts';
import { type NodeFacts, OPERATOR_SIZE, OWNER_SIZE } from './registered-node.ts';

/** A node that joins a network. */
export interface RegisterNode extends NodeFacts {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** Ed25519 node key, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** 32 bytes. */
  readonly vrfKey: Uint8Array;
  /** Shows that the node has the VRF key: π over `registrationInput`, 80 bytes. */
  readonly vrfProof: Uint8Array;
  /** Hash of the operator's account, 32 bytes. */
  readonly operatorId: Uint8Array;
  readonly nonce: bigint;
}

/**
 * header(7) ‖ storerPK 32 ‖ vrfPK 32 ‖ vrfProof 80 ‖ owner 20 ‖ operatorId 32 ‖ u16 region ‖ u32 capacityGiB ‖ u64 selfValue ‖ u16 grpcPort ‖
 * u16 httpPort ‖ u8 h ‖ h bytes host ‖ u64 nonce ‖ sig 64.
 * @throws ProvenderError `PROVENDER_INVALID` for a field that does not fit
 * @see storer-selection.md, section 2
 */
export function encodeRegisterNode(node: RegisterNode, signer: Signer): Uint8Array {
  const writer = new MessageWriter()
    .header({ type: MESSAGE_REGISTER_NODE, profile: 0, networkId: node.networkId })
    .bytes(node.storerKey, KEY_SIZE)
    .bytes(node.vrfKey, KEY_SIZE)
    .bytes(node.vrfProof, VRF_PROOF_SIZE)
    .bytes(node.owner, OWNER_SIZE)
    .bytes(node.operatorId, OPERATOR_SIZE)
    .u16(node.region)
    .u32(node.capacityGiB)
    .u64(node.selfValue)
    .u16(node.grpcPort)
    .u16(node.httpPort);
  writeHost(writer, node.host);
  return signMessage(writer.u64(node.nonce).message(), signer);
}

/**
 * Reads a RegisterNode message and checks its form, not its signature and not its proof.
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeRegisterNode(bytes: Uint8Array): RegisterNode {
  const reader = new MessageReader(bytes, 'RegisterNode');
  const node: RegisterNode = {
    networkId: withoutProfile(reader.header(MESSAGE_REGISTER_NODE)).networkId,
    storerKey: reader.bytes(KEY_SIZE),
    vrfKey: reader.bytes(KEY_SIZE),
    vrfProof: reader.bytes(VRF_PROOF_SIZE),
    owner: reader.bytes(OWNER_SIZE),
    operatorId: reader.bytes(OPERATOR_SIZE),
    region: reader.u16(),
    capacityGiB: reader.u32(),
    selfValue: reader.u64(),
    grpcPort: reader.u16(),
    httpPort: reader.u16(),
    host: readHost(reader),
    nonce: reader.u64(),
  };
  reader.bytes(SIGNATURE_SIZE);
  reader.end();
  return node;
}
