/** A source that gives the first half of its bytes, waits until the test opens it, then gives the rest. */
export interface GatedSource {
  readonly open: () => void;
  pieces(): AsyncGenerator<Uint8Array>;
}

const PIECE = 65_536;

/** Makes such a source of `content`, in pieces of 64 KiB. */
export function gatedSource(content: Uint8Array): GatedSource {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gate = Math.floor(content.length / PIECE / 2) * PIECE;
  return {
    open: () => open(),
    async *pieces() {
      for (let at = 0; at < content.length; at += PIECE) {
        if (at === gate) await opened;
        yield content.subarray(at, at + PIECE);
      }
    },
  };
}
