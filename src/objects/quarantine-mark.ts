import { ProvenderError } from '../content/provender-error.ts';
import type { QuarantineMark } from './object-store.ts';

/** Value of a mark's row, whose key is the mark's: JSON {reason, block, unixMs} in UTF-8. */
export function encodeMark({ reason, block, unixMs }: QuarantineMark): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ reason, block, unixMs }));
}

/** Reads the row of a mark. @throws ProvenderError `PROVENDER_CORRUPT` when it is none */
export function decodeMark(key: string, value: Uint8Array): QuarantineMark {
  const facts = parseJson(key, value);
  if (typeof facts === 'object' && facts !== null && 'reason' in facts && 'unixMs' in facts) {
    const { reason, unixMs } = facts;
    const block = 'block' in facts ? facts.block : undefined;
    if (typeof reason === 'string' && typeof unixMs === 'number') {
      return typeof block === 'number' ? { key, reason, unixMs, block } : { key, reason, unixMs };
    }
  }
  throw new ProvenderError('PROVENDER_CORRUPT', `quarantine mark of ${key}: it has not the known fields`);
}

function parseJson(key: string, value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch (error) {
    throw new ProvenderError('PROVENDER_CORRUPT', `quarantine mark of ${key}: no JSON`, { cause: error });
  }
}
