import { makeTag, type Tag } from '../../../src/objects/tag.ts';

const TAGS = [0, 1, 2].map((tag) => makeTag(tag, 1));

/** Tag `tag` of the model as the code names it: the first staging of session `tag`. */
export function modelTag(tag: number): Tag {
  const found = TAGS[tag];
  if (found === undefined) throw new Error(`the model has no tag ${tag}`);
  return found;
}
