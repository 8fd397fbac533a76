/**
 * Runs a task for each item in order, at most `lanes` at a time. The first failure stops new starts and is thrown when those that run have ended,
 * so that nothing is left running.
 */
export async function inLanes<T>(
  items: Iterable<T>,
  lanes: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true && failures.length === 0; next = waiting.next())
      await task(next.value).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
}
