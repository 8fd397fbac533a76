/** What an SRV record says of one node. */
export interface SrvRecord {
  /** Host name. */
  readonly name: string;
  readonly port: number;
  /** Lower ones come first. */
  readonly priority: number;
  /** Share among those of one priority; 0 for hardly ever. */
  readonly weight: number;
}

/**
 * Records in the order in which to try them: by priority, and within one priority drawn by weight.
 * @param random - gives numbers from 0 to below 1
 * @see RFC 2782
 */
export function srvOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].toSorted((a, b) => a - b);
  return priorities.flatMap((wanted) =>
    drawn(
      records.filter(({ priority }) => priority === wanted),
      random,
    ),
  );
}

/** Those of weight 0 stand first in the running sum, so that they have a small chance and no more. */
function drawn(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = records.toSorted((a, b) => a.weight - b.weight);
  const order: SrvRecord[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    const mark = Math.floor(random() * (sum + 1));
    let running = 0;
    const index = left.findIndex(({ weight }) => (running += weight) >= mark);
    order.push(...left.splice(Math.max(0, index), 1));
  }
  return order;
}
