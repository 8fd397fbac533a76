/**
 * The id after `last` that is not in use: u32, going around. An operation that hangs keeps its id, however many ids were given since.
 *
 * @param inUse - fewer than 2^32
 */
export function nextId(last: number, inUse: ReadonlyMap<number, unknown>): number {
  let id = last;
  do id = (id + 1) >>> 0;
  while (inUse.has(id));
  return id;
}
