import { bytesToHex } from '@noble/hashes/utils.js';
import { hashTag } from '../../content/hash-tag.ts';
import { sha256 } from '../../content/kernels.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { checkNumber, MessageWriter } from '../messages/message-writer.ts';
import { KEY_SIZE } from '../messages/signed-message.ts';
import { genesisRound } from '../rounds/genesis-round.ts';
import { inPlace } from './error-place.ts';
import {
  checkParameters,
  DEFAULT_PARAMETERS,
  type NetworkParameters,
  writeParameters,
} from './network-parameters.ts';
import { Registry } from './registry.ts';

/** A node that users talk to, and that may append rounds. */
interface GenesisPrimary {
  /** Node key of a founding node, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** `host:port` of gRPC. */
  readonly address: string;
}

/** What makes a network. Made by `parseGenesis` and `makeGenesis`, which check all of it. */
export interface Genesis {
  readonly name: string;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** Round 0. */
  readonly round: Uint8Array;
  readonly primaries: readonly GenesisPrimary[];
  readonly parameters: NetworkParameters;
  /** What nodes and receipts quote, 32 bytes. */
  readonly hash: Uint8Array;
}

/** What a founder decides. */
export interface Founding {
  readonly name: string;
  /** Milliseconds since 1970 that round 0 tells; 0 when absent. */
  readonly unixMs?: bigint;
  /** RegisterNode messages of the founding nodes. */
  readonly records: readonly Uint8Array[];
  readonly primaries: readonly GenesisPrimary[];
  /** Absent ones are those of `DEFAULT_PARAMETERS`, single numbers of `tauNumerators` too. */
  readonly parameters?: Partial<NetworkParameters>;
}

const NETWORK_TAG = hashTag('network');
const GENESIS_TAG = hashTag('genesis');
const MOST_NAME_BYTES = 255;
const MOST_PRIMARIES = 256;
const MOST_ADDRESS_BYTES = 255;
const ADDRESS = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([1-9][0-9]{0,4})$/;

/** networkId = H(tag(network) ‖ name in UTF-8), 32 bytes. @see rounds.md, "Genesis file" */
export function networkIdOf(name: string): Uint8Array {
  return sha256(NETWORK_TAG, new TextEncoder().encode(name));
}

/**
 * Makes a network of its founding nodes and checks all of it.
 * @throws ProvenderError `PROVENDER_INVALID` or `PROVENDER_CONFLICT` that names what is wrong
 */
export function makeGenesis(founding: Founding): Genesis {
  const { name, records, primaries } = founding;
  checkName(name);
  const networkId = networkIdOf(name);
  const given = founding.parameters ?? {};
  const tauNumerators = { ...DEFAULT_PARAMETERS.tauNumerators, ...given.tauNumerators };
  const parameters = checkParameters({ ...DEFAULT_PARAMETERS, ...given, tauNumerators });
  const registry = foundingRegistry(networkId, records);
  checkPrimaries(primaries, registry);
  const { root, totalWeight } = registry.snapshot(0n, parameters.valuation);
  if (totalWeight === 0n) {
    throw wrong('no founding node has weight; raise their capacity or the valuation');
  }
  const unixMs = founding.unixMs ?? 0n;
  const content = { name, networkId, primaries, parameters };
  const round = genesisRound({ networkId, unixMs, registryRoot: root, records });
  return { ...content, round, hash: genesisHash({ ...content, round }) };
}

/** The registry after round 0. @throws ProvenderError as `Registry.apply`, naming the record */
function foundingRegistry(networkId: Uint8Array, records: readonly Uint8Array[]): Registry {
  const registry = new Registry(networkId);
  records.forEach((record, i) => {
    inPlace(`genesis: record ${i}`, () => registry.apply(record));
  });
  if (registry.size !== records.length) throw wrong('a founding record is no RegisterNode');
  return registry;
}

function checkName(name: string): void {
  checkNumber('bytes of the name of a network', new TextEncoder().encode(name).length, {
    least: 1,
    most: MOST_NAME_BYTES,
  });
  if (/\p{C}/u.test(name) || name !== name.normalize('NFC') || name !== name.trim()) {
    throw wrong('the name has characters that do not show, blanks at an end, or is not normalised (NFC)');
  }
}

function checkPrimaries(primaries: readonly GenesisPrimary[], registry: Registry): void {
  checkNumber('primaries', primaries.length, { least: 1, most: MOST_PRIMARIES });
  const keys = new Set(primaries.map(({ storerKey }) => bytesToHex(storerKey)));
  if (keys.size !== primaries.length) throw wrong('a primary comes twice');
  for (const { storerKey, address } of primaries) {
    const port = Number(ADDRESS.exec(address)?.[1] ?? 0);
    if (port < 1 || port > 0xffff || address.length > MOST_ADDRESS_BYTES) {
      throw wrong(`address ${JSON.stringify(address.slice(0, 64))} of a primary is not host:port`);
    }
    if (registry.node(storerKey) === undefined) {
      throw wrong(`primary ${bytesToHex(storerKey).slice(0, 8)}.. is no founding node`);
    }
  }
}

/**
 * H(tag(genesis) ‖ u16 n ‖ n bytes name ‖ u32 n ‖ n bytes round 0 ‖ u16 p ‖ p × (storerPK ‖ u8 n ‖ n bytes address) ‖ parameters), so that it
 * does not depend on how the file is written.
 */
function genesisHash({ name, round, primaries, parameters }: Omit<Genesis, 'hash'>): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const writer = new MessageWriter().u16(nameBytes.length).bytes(nameBytes, nameBytes.length);
  writer.u32(round.length).bytes(round, round.length).u16(primaries.length);
  for (const { storerKey, address } of primaries) {
    writer.bytes(storerKey, KEY_SIZE).u8(address.length);
    writer.bytes(new TextEncoder().encode(address), address.length);
  }
  writeParameters(writer, parameters);
  return sha256(GENESIS_TAG, writer.message());
}

function wrong(what: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `genesis: ${what}`);
}
