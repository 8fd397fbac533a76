import { go, type Walk } from './step.ts';
import { AT, BROKEN, get, hasTag } from './state.ts';

/** The reader has no session; nobody fences it. */
const READER = -1;

/** Emits what the reader may do next: head, stripe, and the head again when the stripe is missing. @see object-layout.md, section 5, "Read" */
export function readerSteps(walk: Walk): void {
  const { state } = walk;
  const head = get(state, AT.head);
  const tag = get(state, AT.readerTag);
  switch (get(state, AT.reader)) {
    case 0:
      if (head === 0) return;
      return go(walk, READER, `read the head of tag ${head}`, (next) => {
        next[AT.readerTag] = head;
        next[AT.reader] = 1;
      });
    case 1:
      return go(walk, READER, 'read the stripe', (next) => {
        const found = hasTag(state, AT.data, tag);
        next[AT.reader] = found ? 0 : 2;
        next[AT.readerTag] = found ? 0 : tag;
      });
    default:
      return go(walk, READER, 'read the head again', (next) => {
        if (head === tag) next[AT.broken] = BROKEN.corrupt;
        next[AT.reader] = 0;
        next[AT.readerTag] = 0;
      });
  }
}
