import { type HistoryCall, isBefore } from './call.ts';

/** Elements that are put at the end of one list, each once, and reads of the whole list. */
export interface ListHistory {
  readonly appends: readonly (HistoryCall & { readonly element: string })[];
  /** Those that were answered; the last one came after all appends. */
  readonly reads: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly elements: readonly string[];
  }[];
}

/**
 * Tells what no order of all calls explains: an element that is lost, there twice or out of nothing, reads of which neither begins with the other, and
 * reads that go back in time.
 */
export function wrongList({ appends, reads }: ListHistory): string | undefined {
  const known = new Map(appends.map((append) => [append.element, append]));
  for (const read of reads) {
    const { elements } = read;
    if (new Set(elements).size !== elements.length) return `an element is there twice: ${elements.join()}`;
    for (const element of elements) {
      const append = known.get(element);
      if (append === undefined || append.end === 'failed') return `${element} was read, but not put there`;
      if (read.toMs < append.fromMs) return `${element} was read before it was put there`;
    }
    for (const append of appends)
      if (append.end === 'done' && append.toMs < read.fromMs && !elements.includes(append.element))
        return `${append.element} is lost`;
  }
  return wrongOrder(reads);
}

function wrongOrder(reads: ListHistory['reads']): string | undefined {
  const longest = reads.toSorted((a, b) => b.elements.length - a.elements.length)[0]?.elements ?? [];
  for (const { elements } of reads)
    if (elements.some((element, i) => element !== longest[i]))
      return `${elements.join()} is not how ${longest.join()} begins`;
  for (const one of reads)
    for (const other of reads) {
      const isOlder = isBefore({ ...one, end: 'done' }, { ...other, end: 'done' });
      if (isOlder && other.elements.length < one.elements.length)
        return `a read went back: ${other.elements.join()}`;
    }
  return undefined;
}
