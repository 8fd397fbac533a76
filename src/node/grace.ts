/**
 * Calls `cut` once, after `graceMs` or as soon as `hurry` is aborted, whichever comes first; never after it was disposed of.
 * For closes that wait for somebody else.
 */
export function afterGrace(graceMs: number, hurry: AbortSignal, cut: () => void): Disposable {
  const once = (): void => {
    stop();
    cut();
  };
  const timer = setTimeout(once, hurry.aborted ? 0 : graceMs);
  hurry.addEventListener('abort', once, { once: true });
  function stop(): void {
    clearTimeout(timer);
    hurry.removeEventListener('abort', once);
  }
  return { [Symbol.dispose]: stop };
}
