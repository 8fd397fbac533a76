import { removeCephFolderSync } from './ceph-folder.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Folders that this process has to remove when it ends. */
const folders = new Set<string>();
let isWatching = false;

/** Has the cluster in a folder removed when this process ends, by itself or by a signal that can be caught. */
export function removeAtExit(folder: string): void {
  folders.add(folder);
  if (isWatching) return;
  isWatching = true;
  process.on('exit', removeAll);
  for (const signal of SIGNALS) process.once(signal, () => endBy(signal));
}

/** The opposite: the folder is gone, or outlives this process. */
export function forgetCephFolder(folder: string): void {
  folders.delete(folder);
}

function removeAll(): void {
  for (const folder of folders) removeCephFolderSync(folder);
  folders.clear();
}

/** Ends as the signal would have ended it, unless somebody else listens, who then decides. */
function endBy(signal: NodeJS.Signals): void {
  removeAll();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
