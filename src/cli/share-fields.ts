import { bytesToHex } from '@noble/hashes/utils.js';
import { OBJECT_KIND, type ObjectKind, objectIdHex } from '../content/object-id.ts';
import { profileName } from '../proof/profile.ts';
import type { ShareStat } from '../shares/shares.ts';

/** Names of kinds as commands take and print them. */
export const KIND_NAMES = ['file', 'collection', 'chunk'] as const;

/** Name of a kind. */
export function kindName(kind: ObjectKind): string {
  return KIND_NAMES.find((name) => OBJECT_KIND[name] === kind) ?? String(kind);
}

/** What `--json` tells of a share. Bytes in hex. */
export function shareFields(stat: ShareStat): Record<string, unknown> {
  const { collection } = stat;
  return {
    id: objectIdHex(stat.id),
    kind: kindName(stat.kind),
    sizeBytes: stat.sizeBytes,
    count: stat.count,
    profile: profileName(stat.profile),
    storedBytes: stat.storedBytes,
    ...(collection === undefined
      ? {}
      : { collection: objectIdHex(collection.id), position: collection.position }),
    commitment: bytesToHex(stat.commitment),
  };
}
