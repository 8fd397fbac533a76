/** Standard input as pieces; ends with an error when `signal` aborts, also while nothing comes. */
export async function* standardInput(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stop = (): void => void process.stdin.destroy(new Error('interrupted'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    yield* process.stdin;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
