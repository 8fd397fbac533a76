import type { ResponseHeader, StatusResponse } from '../../generated/etcd/etcdserverpb/rpc.ts';

/** Entries that a member may be behind and still be used: it has them applied within a blink. */
const MAX_LAG = 1000n;

/** What the answers of members say about their cluster. Memory only. */
export class MemberView {
  #clusterId: bigint | undefined;
  #leader: bigint | undefined;
  #term = 0n;
  #index = 0n;
  #revision = 0n;

  /** Id of the cluster; known with the first answer. */
  get clusterId(): bigint | undefined {
    return this.#clusterId;
  }

  /** Id of the member that leads the newest term, when one is known. */
  get leader(): bigint | undefined {
    return this.#leader;
  }

  /** The newest revision that was told. */
  get revision(): bigint {
    return this.#revision;
  }

  /** Takes note of an answer. A newer term makes the leader unknown. */
  accept({ clusterId, raftTerm, revision }: ResponseHeader): 'ours' | 'foreign' {
    this.#clusterId ??= clusterId;
    if (clusterId !== this.#clusterId) return 'foreign';
    if (raftTerm > this.#term) {
      this.#term = raftTerm;
      this.#leader = undefined;
    }
    if (revision > this.#revision) this.#revision = revision;
    return 'ours';
  }

  /** Takes note of the status of a member of ours. @returns why the member cannot be used */
  judge({ header, leader, raftIndex, raftAppliedIndex, isLearner }: StatusResponse): string | undefined {
    if (leader !== 0n && header !== undefined && header.raftTerm >= this.#term) this.#leader = leader;
    if (raftIndex > this.#index) this.#index = raftIndex;
    if (isLearner) return 'a learner answers no calls';
    if (leader === 0n) return 'knows no leader';
    const lag = this.#index - raftAppliedIndex;
    return lag > MAX_LAG ? `${lag} entries behind` : undefined;
  }
}
