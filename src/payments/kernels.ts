import { createRequire } from 'node:module';
import * as reference from './public-key-recovery.ts';

/** The part of core.node that recovers keys; it is not there where the addon was built without OpenSSL. A wrong length is a TypeError. */
interface NativeRecovery {
  /** @param out - gets the public key, 64 bytes, when the answer is true */
  recover(digest: Uint8Array, signature: Uint8Array, parity: 0 | 1, out: Uint8Array): boolean;
}

/** The same way up from src/payments and from dist/payments. `PROVENDER_CORE` names another build, that of the sanitizer tests. */
const ADDON = '../../build/Release/core.node';
const CURE = 'npm run build:native';
const TYPESCRIPT = 'typescript';

/** What is used, and when it is the twin: why. */
type Choice = { readonly native: NativeRecovery } | { readonly native?: never; readonly reason: string };

let choice: Choice | undefined;

function hasRecovery(addon: unknown): addon is { recovery: NativeRecovery } {
  return typeof addon === 'object' && addon !== null && 'recovery' in addon;
}

function choose(): Choice {
  if (process.env['PROVENDER_KERNEL'] === TYPESCRIPT)
    return { reason: `PROVENDER_KERNEL asks for ${TYPESCRIPT}` };
  try {
    const addon: unknown = createRequire(import.meta.url)(process.env['PROVENDER_CORE'] ?? ADDON);
    if (hasRecovery(addon)) return { native: addon.recovery };
    return {
      reason: `core.node has no secp256k1: it is of another version (run: ${CURE}), or Node lends it no OpenSSL`,
    };
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { reason: `core.node does not load (${text}); run: ${CURE}` };
  }
}

function chosen(): Choice {
  choice ??= choose();
  return choice;
}

/** Tells which path recovers public keys; `reason` is there when it is the TypeScript twin. */
export function recoveryKernelInfo(): { native: boolean; reason?: string } {
  const found = chosen();
  return found.native === undefined ? { native: false, reason: found.reason } : { native: true };
}

/**
 * Finds the public key of a signature, with the same answer on both paths. Lengths are the caller's duty; other hostile bytes lead to an answer,
 * never to an exception.
 *
 * @returns 64 bytes, owned by the caller; `undefined` as the reference says
 * @see payment-channels.md, section 5
 */
export function recoverPublicKey(signed: reference.SignedDigest): Uint8Array | undefined {
  const { native } = chosen();
  if (native === undefined) return reference.recoverPublicKey(signed);
  const key = new Uint8Array(reference.PUBLIC_KEY_SIZE);
  return native.recover(signed.digest, signed.signature, signed.parity, key) ? key : undefined;
}
