import { sha256 } from './reference-tree.ts';

function tag(name: string): Buffer {
  return Buffer.concat([Buffer.from(`provender/${name}/v1`), Buffer.alloc(32)], 32);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Parent block and mask of edge `k`, formula by formula as section 4 of proof-of-replication.md has them. */
function edge(pass: number, v: number, k: number): { parent: number; mask: number } {
  const draw = Buffer.from(sha256(tag('graph'), u32(pass), u32(v), u32(k)));
  const nb = 1 + Math.floor(Math.log2(v));
  const j = 1 + (draw.readUInt32BE(0) % nb);
  const g = Math.min(v, 2 ** j);
  const lo = Math.min(g, Math.max(2, Math.floor(g / 2)));
  return { parent: v - (lo + (draw.readUInt32BE(4) % (g - lo + 1))), mask: (draw[8] ?? 0) & 0x7f };
}

/** Which word of which segment; `i` in the order of the pass. */
interface WordPlace {
  readonly pass: number;
  readonly segmentId: Uint8Array;
  readonly i: number;
}

/** The pad of one word as section 5 has it; `label` gives y. */
export function referencePad(
  { pass, segmentId, i }: WordPlace,
  label: (i: number) => Uint8Array,
): Uint8Array {
  const zero = new Uint8Array(32);
  const v = Math.floor(i / 128);
  const t = i % 128;
  const parents = Array.from({ length: 6 }, (_, k) => {
    if (v === 0) return zero;
    const { parent, mask } = edge(pass, v, k);
    return label(128 * parent + (t ^ mask));
  });
  const previous = i === 0 ? zero : label(i - 1);
  return sha256(tag(`label${pass}`), segmentId, u32(v), u32(t), previous, ...parents);
}

/** One pass over one segment with OpenSSL's hash, as section 5 has it: no cache, nothing in place. */
export function referencePass(layer: Uint8Array, segmentId: Uint8Array, pass: number): Uint8Array {
  const n = layer.length / 32;
  const natural = (i: number): number => (pass % 2 === 1 ? i : n - 1 - i);
  const y: Uint8Array[] = [];
  const out = new Uint8Array(layer.length);
  for (let i = 0; i < n; i++) {
    const pad = referencePad({ pass, segmentId, i }, (place) => y[place] ?? new Uint8Array(32));
    const word = layer.subarray(32 * natural(i), 32 * natural(i) + 32);
    const label = word.map((byte, b) => byte ^ (pad[b] ?? 0));
    y.push(label);
    out.set(label, 32 * natural(i));
  }
  return out;
}

/** segId of section 2. */
export function referenceSegmentId(replicaId: Uint8Array, segment: number): Uint8Array {
  return sha256(tag('segment'), replicaId, u32(segment));
}
