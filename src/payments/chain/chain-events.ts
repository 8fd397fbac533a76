/** What a chain reader reports. Each listener is optional and must not throw. An endpoint is named by its host: the rest of its URL may hold a key. */
export interface ChainEvents {
  /** An endpoint answered a request. */
  answered?(event: { readonly endpoint: string; readonly method: string; readonly ms: number }): void;
  /** An endpoint gave no answer, or not a usable one; the next one is asked. */
  failed?(event: { readonly endpoint: string; readonly method: string; readonly reason: string }): void;
  /** A later block than any before was seen. */
  block?(event: { readonly block: bigint }): void;
}
