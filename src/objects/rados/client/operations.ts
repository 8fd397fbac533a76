/** Changes of one object that are done together or not at all. Guards see the object as it was before the whole operation. */
export type WriteStep =
  /** -EEXIST when the object exists and `exclusive` is set. */
  | { readonly do: 'create'; readonly exclusive: boolean }
  /** -ENOENT when it does not. */
  | { readonly do: 'assertExists' }
  | { readonly do: 'writeFull'; readonly bytes: Uint8Array }
  | { readonly do: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly do: 'remove' }
  | { readonly do: 'setXattr'; readonly name: string; readonly value: Uint8Array }
  /** Guard: -ECANCELED unless the attribute has exactly this value. */
  | { readonly do: 'cmpXattr'; readonly name: string; readonly value: Uint8Array }
  | { readonly do: 'omapSet'; readonly rows: readonly (readonly [key: string, value: Uint8Array])[] }
  | { readonly do: 'omapRemove'; readonly keys: readonly string[] }
  /** Guard: -ECANCELED unless the row has exactly this value; an empty value passes for an absent row. */
  | { readonly do: 'omapCmp'; readonly key: string; readonly value: Uint8Array };

/** Reads of one object at one point in time. */
export type ReadStep =
  /** Bytes go to `into` of the operation, one extent behind the other, each at the place that its full length leaves for it. */
  | { readonly do: 'read'; readonly offset: number; readonly length: number }
  | { readonly do: 'xattrs' }
  | { readonly do: 'stat' }
  | { readonly do: 'omapKeys'; readonly keys: readonly string[] }
  /** Rows above `after` whose keys start with `prefix`, ascending, at most `limit` (the OSD gives at most 1024). */
  | {
      readonly do: 'omapRange';
      readonly after: string;
      readonly prefix: string;
      readonly limit: number;
    };

/** What a read operation found; `undefined` is what no step asked for. */
export interface ReadResult {
  /** Bytes of each `read` step, short where the object ends, in order. */
  readonly lengths: readonly number[];
  readonly xattrs: ReadonlyMap<string, Uint8Array> | undefined;
  readonly stat: { readonly size: number; readonly mtimeMs: number } | undefined;
  /** Rows of the `omapKeys` and `omapRange` steps together; keys that are not there are left out. */
  readonly omap: ReadonlyMap<string, Uint8Array> | undefined;
  /** An `omapRange` step left rows behind. */
  readonly more: boolean | undefined;
}
