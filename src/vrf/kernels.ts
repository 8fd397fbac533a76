import { ProvenderError } from '../content/provender-error.ts';
import * as reference from './ecvrf.ts';

/** The part of core.node that proves and checks. Lengths have been checked; another one is a TypeError. */
interface NativeVrf {
  /** @param out - gets π, 80 bytes */
  prove(secretKey: Uint8Array, alpha: Uint8Array, out: Uint8Array): void;
  /** @param out - gets β, 64 bytes, when the answer is true */
  verify(publicKey: Uint8Array, alpha: Uint8Array, proof: Uint8Array, out: Uint8Array): boolean;
}

/** The same way up from src/vrf and from dist/vrf. `PROVENDER_CORE` names another build, that of the sanitizer tests. */
const ADDON = '../../build/Release/core.node';
const CURE = 'npm run build:native';
const KEY_SIZE = 32;
const OUTPUT_SIZE = 64;
const TYPESCRIPT = 'typescript';

/** What is used, and when it is the twin: why. */
type Choice = { readonly native: NativeVrf } | { readonly native?: never; readonly reason: string };

let choice: Choice | undefined;

function hasVrf(addon: unknown): addon is { vrf: NativeVrf } {
  return typeof addon === 'object' && addon !== null && 'vrf' in addon;
}

/** Asked for at run time and not imported: a browser loads this file as it is, with those that check receipts. */
function choose(): Choice {
  const loader = globalThis.process?.getBuiltinModule?.('node:module');
  if (loader === undefined) return { reason: 'there is no addon outside of Node' };
  const forced = process.env['PROVENDER_KERNEL'];
  if (forced === TYPESCRIPT) return { reason: `PROVENDER_KERNEL asks for ${TYPESCRIPT}` };
  try {
    const addon: unknown = loader.createRequire(import.meta.url)(process.env['PROVENDER_CORE'] ?? ADDON);
    if (hasVrf(addon)) return { native: addon.vrf };
    return { reason: `core.node is not the one of this version; run: ${CURE}` };
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { reason: `core.node does not load (${text}); run: ${CURE}` };
  }
}

function chosen(): Choice {
  choice ??= choose();
  return choice;
}

/** Tells which path proves and checks; `reason` is there when it is the TypeScript twin. */
export function vrfKernelInfo(): { native: boolean; reason?: string } {
  const found = chosen();
  return found.native === undefined ? { native: false, reason: found.reason } : { native: true };
}

/**
 * Proves what the function gives for `alpha`. In C++ no branch and no address depends on the key; the TypeScript twin is not constant-time.
 *
 * @param secretKey - 32 bytes, as an Ed25519 seed
 * @returns π, 80 bytes, the same each time
 * @throws ProvenderError `PROVENDER_INVALID` for a key of another length
 * @see RFC 9381, section 5.1
 */
export function proveVrf(secretKey: Uint8Array, alpha: Uint8Array): Uint8Array {
  if (secretKey.length !== KEY_SIZE) {
    throw new ProvenderError('PROVENDER_INVALID', `VRF key: ${secretKey.length} bytes, not ${KEY_SIZE}`);
  }
  const { native } = chosen();
  if (native === undefined) return reference.proveVrf(secretKey, alpha);
  const proof = new Uint8Array(reference.VRF_PROOF_SIZE);
  native.prove(secretKey, alpha, proof);
  return proof;
}

/**
 * Checks a proof by the strict rule, with the same answer on both paths. Hostile bytes lead to an answer, never to an exception.
 *
 * @param publicKey - Y, 32 bytes
 * @returns β, 64 bytes; `undefined` when the proof is not accepted
 * @see storer-selection.md, section 1, "Accept set"
 */
export function verifyVrf(
  publicKey: Uint8Array,
  alpha: Uint8Array,
  proof: Uint8Array,
): Uint8Array | undefined {
  if (publicKey.length !== KEY_SIZE || proof.length !== reference.VRF_PROOF_SIZE) return undefined;
  const { native } = chosen();
  if (native === undefined) return reference.verifyVrf(publicKey, alpha, proof);
  const output = new Uint8Array(OUTPUT_SIZE);
  return native.verify(publicKey, alpha, proof, output) ? output : undefined;
}
