import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { StagedContent } from '../ports.ts';
import type { PendingContent, PlaceOptions } from './primary-options.ts';

/** An object to place, and how. */
export interface PlacingObject extends PendingContent, Omit<PlaceOptions, 'signal'> {}

/** What is known of an object now, with its bytes now or later. */
export function placingObject(content: StagedContent | PendingContent, options: PlaceOptions): PlacingObject {
  const { profile, replicas, name } = options;
  const { id } = content;
  if (!('facts' in content)) {
    const { kind, sizeBytes, count } = content;
    const staged = content.staged.then((one) => checked(one, content));
    staged.catch(() => undefined); // nobody may need it: the object may be placed already
    return { id, kind, sizeBytes, count, staged, profile, replicas, name };
  }
  const { kind, sizeBytes, count } = content.facts;
  return { id, kind, sizeBytes, count, staged: Promise.resolve(content), profile, replicas, name };
}

function checked(staged: StagedContent, { id }: PendingContent): StagedContent {
  if (compareBytes(staged.id, id) === 0) return staged;
  throw new ProvenderError('PROVENDER_INVALID', 'the bytes that came are not those of the announced object');
}
