import { createRequire } from 'node:module';
import { ProvenderError } from '../../../content/provender-error.ts';
import type { NativeRados } from './native-binding.ts';

/** The same way up from src and from dist. `PROVENDER_RADOS` names another build, that of the sanitizer tests. */
const ADDON = '../../../../build/Release/rados.node';
const BUILD = 'npm run build:native';

/** What `loadRados` finds. */
export type RadosInfo = { readonly version: string } | { readonly reason: string };

let loaded: NativeRados | undefined;

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Why it does not load, and what mends that. */
function diagnosis(error: unknown): string {
  if (codeOf(error) === 'MODULE_NOT_FOUND') {
    return `rados.node is not built; install the Debian package librados-dev, then ${BUILD}`;
  }
  const text = textOf(error);
  if (codeOf(error) === 'ERR_DLOPEN_FAILED' && text.includes('librados.so') && text.includes('cannot open')) {
    return `librados is missing (${text}); install the Debian package librados2`;
  }
  return `rados.node does not fit this system (${text}); ${BUILD}`;
}

/** The addon is built from the same tree, so its outer shape tells enough. */
function isRados(addon: unknown): addon is NativeRados {
  if (typeof addon !== 'object' || addon === null) return false;
  if (!('connect' in addon) || !('start' in addon) || !('version' in addon)) return false;
  return typeof addon.connect === 'function' && Array.isArray(addon.version);
}

/**
 * Loads rados.node, once per environment.
 *
 * @throws ProvenderError `PROVENDER_NATIVE_MISSING` with the cure
 * @see native-addon.md, section 7
 */
export function loadRados(): NativeRados {
  if (loaded !== undefined) return loaded;
  let addon: unknown;
  try {
    addon = createRequire(import.meta.url)(process.env['PROVENDER_RADOS'] ?? ADDON);
  } catch (error) {
    throw new ProvenderError('PROVENDER_NATIVE_MISSING', diagnosis(error), { cause: error });
  }
  if (!isRados(addon)) {
    throw new ProvenderError(
      'PROVENDER_NATIVE_MISSING',
      `rados.node is not the one of this version; ${BUILD}`,
    );
  }
  loaded = addon;
  return addon;
}

/** Tells the version of librados, or why it cannot be used and what to do about it. */
export function radosInfo(): RadosInfo {
  try {
    return { version: loadRados().version.join('.') };
  } catch (error) {
    return { reason: textOf(error) };
  }
}
