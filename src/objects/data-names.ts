import { type Tag, tagName } from './tag.ts';

/** Name of a stripe: `<tag>/<i>`, i in six hex digits; the same on every adapter and in marks of damage. @see object-layout.md, section 2 */
export function stripeKey(tag: Tag, stripe: number): string {
  return `${tagName(tag)}/${stripe.toString(16).padStart(6, '0')}`;
}

/** Name of the stripe roots: `<tag>/r`. */
export function rootsKey(tag: Tag): string {
  return `${tagName(tag)}/r`;
}
