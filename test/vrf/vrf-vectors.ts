import { readFileSync } from 'node:fs';

/** An example of RFC 9381, appendix B; all but `example` in hex. */
export interface VrfVector {
  readonly example: number;
  readonly SK: string;
  readonly PK: string;
  readonly alpha: string;
  readonly H: string;
  readonly pi: string;
  readonly beta: string;
}

interface VectorFile {
  readonly suites: Readonly<Record<string, { readonly vectors: readonly VrfVector[] } | undefined>>;
}

const FILE: VectorFile = JSON.parse(readFileSync(new URL('../vectors/ecvrf.json', import.meta.url), 'utf8'));

/** The examples of a suite. */
export function vectorsOf(suite: string): readonly VrfVector[] {
  const vectors = FILE.suites[suite]?.vectors ?? [];
  if (vectors.length !== 3) throw new Error(`${vectors.length} vectors of ${suite}, the RFC has 3`);
  return vectors;
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
