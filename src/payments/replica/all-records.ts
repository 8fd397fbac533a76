import type { StateRecord, StateStore } from '../../state/state-store.ts';

/** All records below a prefix, page by page: what comes or goes meanwhile may or may not be among them. */
export async function* allRecords(
  state: Pick<StateStore, 'range'>,
  prefix: string,
): AsyncGenerator<StateRecord> {
  let cursor: string | undefined;
  do {
    const page = await state.range(prefix, cursor === undefined ? {} : { cursor });
    yield* page.records;
    cursor = page.next;
  } while (cursor !== undefined);
}
