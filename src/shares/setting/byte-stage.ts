/** What takes the bytes of an object in order. The sender sees to it that their sum is the object's size. */
export interface ByteStage {
  /**
   * Takes the next bytes, which are free again on return, or once the promise resolves.
   * @returns a promise when it has to wait for room, which ends the caller's turn; else nothing
   * @throws ProvenderError what made the stage fail; the reason of an aborted call
   */
  append(bytes: Uint8Array): Promise<void> | undefined;
  /** Waits until all blocks so far are hashed and their owner has seen the roots. For whole blocks only. */
  hashed(): Promise<void>;
}
