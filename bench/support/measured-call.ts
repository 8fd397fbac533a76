import type { Child } from '../framework/child.ts';
import type { CommandMap } from '../framework/commands.ts';
import { measureCost } from '../framework/cost.ts';
import type { Rounds } from '../framework/rounds.ts';
import { settle } from './settle.ts';

/** The two ends of a measurement, and what the server itself calls. */
export interface Ends {
  readonly client: Pick<Child<CommandMap>, 'cpu'>;
  readonly server: Pick<Child<CommandMap>, 'cpu'>;
  /** Daemons of a store on this machine, which share its cores. */
  readonly daemons?: Pick<Child<CommandMap>, 'cpu'> & { rest(): Promise<void> };
}

/** The daemons of a store that has none. */
const IDLE = { cpu: async () => ({ totalMs: 0, loopMs: 0 }), rest: async () => undefined };

/** Names under which `recordCall` keeps the CPU of a case, in core-ms per unit. */
export const cpuOf = {
  both: (name: string): string => `${name}: CPU of both ends`,
  /** The two ends and the daemons of the store. */
  all: (name: string): string => `${name}: CPU of both ends and the daemons`,
  daemons: (name: string): string => `${name}: CPU of the daemons`,
  client: (name: string): string => `${name}: CPU of the client`,
  server: (name: string): string => `${name}: CPU of the server`,
  after: (name: string): string => `${name}: CPU of the server behind its answers`,
  serverLoop: (name: string): string => `${name}: CPU of the server's event loop`,
} as const;

/**
 * Runs a command that tells its own time in ms and keeps the rate of `units` (chunks, MB) under `name`, and the CPU per
 * unit of both ends (and of the store's daemons) beside it. Ends when the server has come to rest.
 */
export async function recordCall(
  rounds: Rounds,
  { name, units, ends }: { name: string; units: number; ends: Ends },
  work: () => Promise<number>,
): Promise<void> {
  const { client, server, daemons = IDLE } = ends;
  const { result: ms, cost } = await measureCost({ client, server, daemons }, work);
  const { totalMs: daemonMs } = cost.parts.daemons;
  rounds.add(name, (units / ms) * 1000);
  rounds.add(cpuOf.all(name), cost.cpuMs / units);
  rounds.add(cpuOf.daemons(name), daemonMs / units);
  rounds.add(cpuOf.both(name), (cost.cpuMs - daemonMs) / units);
  rounds.add(cpuOf.client(name), cost.parts.client.totalMs / units);
  rounds.add(cpuOf.server(name), cost.parts.server.totalMs / units);
  rounds.add(cpuOf.serverLoop(name), cost.parts.server.loopMs / units);
  rounds.add(cpuOf.after(name), (await settle(server)) / units);
  await daemons.rest();
}
