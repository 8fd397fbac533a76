import { readFileSync } from 'node:fs';

/** What a measured process can do, by name; one argument each, passed by structured clone. */
export type CommandMap = Record<string, (input: never) => Promise<unknown>>;

/** Question to a measured process. */
export interface Request {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** Its answer; `ready` is the first one, with id 0. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/** CPU time of a process since its start. */
export interface CpuTime {
  /** All threads, ms. */
  readonly totalMs: number;
  /** The event loop's thread alone, ms; equal to `totalMs` where the system does not tell. */
  readonly loopMs: number;
}

/** CPU time of this process up to now. The kernel counts the main thread in ns; the rest are workers, libuv and V8. */
export function cpuTime(): CpuTime {
  const { user, system } = process.cpuUsage();
  const totalMs = (user + system) / 1000;
  if (process.platform !== 'linux') return { totalMs, loopMs: totalMs };
  const [onCpuNs] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return { totalMs, loopMs: Number(onCpuNs) / 1e6 };
}

function send(reply: Reply): void {
  // A parent that is gone needs no answer: `disconnect` ends this process.
  if (process.connected) process.send?.(reply);
}

/**
 * Makes this process answer commands of its parent. It ends with its parent, however that ends; Ctrl-C, which a
 * terminal sends to the whole group, is left to the parent.
 */
export function serveCommands(commands: CommandMap): void {
  const all: CommandMap = { ...commands, cpu: async () => cpuTime() };
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ id, name, input }: Request) => {
    const command = all[name];
    // The caller's types come from this very map, so the input fits its command.
    const running =
      command === undefined ? Promise.reject(new Error(`no command ${name}`)) : command(input as never);
    running.then(
      (result) => send({ id, result }),
      (error: unknown) =>
        send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  send({ id: 0, result: 'ready' });
}
