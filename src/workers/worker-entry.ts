/** How to start a worker thread on a task file. */
export interface WorkerEntry {
  /** URL of the file. */
  readonly filename: string;
  /** Flags of Node for the worker. */
  readonly execArgv: string[];
}

/**
 * Finds a task file beside `moduleUrl`: `.js` in a build; `.ts` where tsx runs the sources, and then the worker is
 * started with tsx too, also when the parent got it in a way that workers do not inherit.
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
