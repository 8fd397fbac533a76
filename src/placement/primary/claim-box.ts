import { bytesToHex } from '@noble/hashes/utils.js';
import { claimHash } from '../messages/claim.ts';
import type { PlacementReply } from '../ports.ts';
import type { PlacementReason } from '../reasons.ts';
import { checkClaim, type ClaimMessage } from './claim-check.ts';
import type { RefusedClaims } from './explanations.ts';
import type { Lottery } from './lottery.ts';
import type { PlacementRun } from './run/placement-run.ts';
import type { RunEvent } from './run/run-events.ts';
import type { SharedWork } from './shared-work.ts';

/** What a placement lends its box when its round is there. */
export interface ClaimBoxParts {
  readonly work: Pick<SharedWork, 'parts' | 'vrf'>;
  readonly profile: number;
  /** τ of attempt 0 in thousandths. */
  readonly tauNumerator: bigint;
  readonly lottery: Lottery;
  readonly run: PlacementRun;
  readonly refused: RefusedClaims;
  readonly tell: (event: RunEvent) => void;
  /** Hears the hash, in hex, of each claim that is taken, before the run does. */
  readonly onTaken: (hash: string) => void;
}

/** Claims of one placement while they are checked. */
export class ClaimBox {
  readonly #parts: ClaimBoxParts;
  readonly #checking = new Map<string, Promise<PlacementReply>>();

  constructor(parts: ClaimBoxParts) {
    this.#parts = parts;
  }

  /** Answers a claim; the same claim gets the same answer. */
  async claim(one: ClaimMessage): Promise<PlacementReply> {
    const hash = bytesToHex(claimHash(one.message));
    if (this.#parts.run.seat(hash) !== undefined) return { ok: true };
    const running = this.#checking.get(hash);
    if (running !== undefined) return running;
    const check = this.#check(one);
    this.#checking.set(hash, check);
    try {
      return await check;
    } finally {
      this.#checking.delete(hash);
      if (this.#hasEnded() && !this.holdsBack) this.#parts.tell({ what: 'tick' });
    }
  }

  /** The time for claims is over, but some that came in time are still checked: they are to be ranked, however long that takes. */
  get holdsBack(): boolean {
    return this.#checking.size > 0 && this.#hasEnded();
  }

  #hasEnded(): boolean {
    const { run, work } = this.#parts;
    return run.claimsEndMs !== undefined && run.claimsEndMs <= work.parts.clock.now();
  }

  async #check(one: ClaimMessage): Promise<PlacementReply> {
    const { work, run, lottery, tauNumerator, refused, onTaken, tell } = this.#parts;
    const { claim } = one;
    const arrivedMs = work.parts.clock.now();
    const found =
      this.#refusal(one, arrivedMs) ?? (await checkClaim(one, { lottery, tauNumerator, vrf: work.vrf }));
    const reason = typeof found === 'string' ? found : run.refusalOf(found, arrivedMs);
    if (typeof found !== 'string' && reason === undefined) {
      onTaken(found.hash);
      tell({ what: 'claim', candidate: found, arrivedMs });
      return { ok: true };
    }
    const word = reason ?? 'late';
    refused.add(claim, { reason: word, weight: lottery.snapshot.find(claim.storerKey)?.weight ?? 0n });
    return { ok: false, reason: word };
  }

  #refusal({ claim }: ClaimMessage, arrivedMs: number): PlacementReason | undefined {
    const { work, run, profile } = this.#parts;
    if (claim.profile !== profile) return 'profile';
    const refusal = run.refusalOf(claim, arrivedMs);
    if (refusal !== undefined) return refusal;
    return work.parts.chain.registry.node(claim.storerKey)?.retired === true ? 'retired' : undefined;
  }
}
