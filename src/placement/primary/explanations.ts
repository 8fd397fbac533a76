import { bytesToHex } from '@noble/hashes/utils.js';
import type { Claim } from '../messages/claim.ts';
import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import type { PlacementReason } from '../reasons.ts';
import type { ExplainedStorer, Explanation } from './explanation.ts';
import type { PlacementRun } from './run/placement-run.ts';

/** Objects whose end is remembered. */
const MOST_OBJECTS = 1000;
/** Storers of an explanation. */
const MOST_STORERS = 256;
/** Of these, claims that were refused: what a flood can fill. */
const MOST_REFUSED = 64;

/** Claims that were refused for an object, the first of each storer and reason. */
export class RefusedClaims {
  readonly #claims = new Map<string, ExplainedStorer>();

  add(
    { storerKey, attempt }: Pick<Claim, 'storerKey' | 'attempt'>,
    { reason, weight }: { readonly reason: PlacementReason; readonly weight: bigint },
  ): void {
    const key = `${bytesToHex(storerKey)}/${attempt}/${reason}`;
    if (this.#claims.size >= MOST_REFUSED || this.#claims.has(key)) return;
    this.#claims.set(key, { storerKey, weight, attempt, state: 'passed', reason });
  }

  all(): readonly ExplainedStorer[] {
    return [...this.#claims.values()];
  }
}

/** The storers of a run as an explanation shows them. */
export function explainStorers(
  run: PlacementRun | undefined,
  refused: RefusedClaims,
): readonly ExplainedStorer[] {
  const ranked = (run?.ranked() ?? []).map(({ candidate, state, reason, place }, rank) => {
    const { storerKey, weight, attempt } = candidate;
    const known = { storerKey, weight, attempt, state, rank };
    return {
      ...known,
      ...(place === undefined ? {} : { place }),
      ...(reason === undefined ? {} : { reason }),
    };
  });
  const others = refused.all();
  return [...ranked.slice(0, MOST_STORERS - others.length), ...others];
}

/** How the last placements ended; the oldest are forgotten. */
export class Explanations {
  readonly #ended = new Map<string, Explanation>();

  add(explanation: Explanation): void {
    const key = objectIdHex(explanation.id);
    this.#ended.delete(key);
    this.#ended.set(key, explanation);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MOST_OBJECTS && oldest !== undefined) this.#ended.delete(oldest);
  }

  find(id: ObjectId): Explanation | undefined {
    return this.#ended.get(objectIdHex(id));
  }
}
