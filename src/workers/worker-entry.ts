/** How to start a worker thread on a task file. */
export interface WorkerEntry {
  /** URL of the file. */
  readonly filename: string;
  /** Flags of Node for the worker. */
  readonly execArgv: string[];
}

/**
 * Finds a task file beside `moduleUrl`: `.js` in a build; `.ts` where tsx runs the sources, and then the worker is
 * started with tsx too, whatever way the parent got it. tsx hooks `require` there and not `import()`, and Piscina tries
 * `require` first, which Node 20.19 lets load modules; so a task file has no top-level await.
 *
 * @param name - file name without its ending
 * @param moduleUrl - the caller's `import.meta.url`
 */
export function workerEntry(name: string, moduleUrl: string): WorkerEntry {
  const isSource = moduleUrl.endsWith('.ts');
  return {
    filename: new URL(`./${name}${isSource ? '.ts' : '.js'}`, moduleUrl).href,
    execArgv: isSource ? ['--import', import.meta.resolve('tsx')] : [],
  };
}
