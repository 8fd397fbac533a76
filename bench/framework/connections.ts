import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LOOK_MS = 100;
const ESTABLISHED = '01';
const NOBODY = 0;

/** Inodes of the sockets of this machine that are connected to a port of IPv4 here, seen from the end that called. Linux only. */
function callersOf(port: number): readonly string[] {
  const far = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => state === ESTABLISHED && remote?.endsWith(far) === true)
    .map((fields) => fields[9] ?? '');
}

function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((fd) => socketAt(`${folder}/${fd}`));
  } catch {
    return []; // the process has ended
  }
}

function socketAt(path: string): readonly string[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
    return inode === undefined ? [] : [inode];
  } catch {
    return []; // closed between the list and the look
  }
}

/**
 * Watches how many connections processes have to one port, ten times a second, from its start until it is disposed of; what lives shorter may go
 * unseen.
 */
export class ConnectionWatch implements Disposable {
  readonly #port: number;
  readonly #pids: readonly number[];
  readonly #owners = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #most = 0;

  /** @param pids - those whose connections count */
  constructor(port: number, pids: readonly number[]) {
    this.#port = port;
    this.#pids = pids;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  /** The most that one process had at once. */
  get most(): number {
    return this.#most;
  }

  /** Looks now. */
  look(): void {
    const owners = callersOf(this.#port).map((inode) => this.#ownerOf(inode));
    const counts = this.#pids.map((pid) => owners.filter((owner) => owner === pid).length);
    this.#most = Math.max(this.#most, ...counts);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Files of all processes are looked through only for a socket that was never seen. */
  #ownerOf(inode: string): number {
    const known = this.#owners.get(inode);
    if (known !== undefined) return known;
    for (const pid of this.#pids) for (const socket of socketsOf(pid)) this.#owners.set(socket, pid);
    const owner = this.#owners.get(inode) ?? NOBODY;
    this.#owners.set(inode, owner);
    return owner;
  }
}
