import type { Child } from '../framework/child.ts';
import type { CommandMap } from '../framework/commands.ts';
import { measureCost } from '../framework/cost.ts';
import type { Rounds } from '../framework/rounds.ts';
import { settle } from './settle.ts';

/** The two ends of a measurement. */
export interface Ends {
  readonly client: Pick<Child<CommandMap>, 'cpu'>;
  readonly server: Pick<Child<CommandMap>, 'cpu'>;
}

/** Names under which `recordCall` keeps the CPU of a case, in core-ms per unit. */
export const cpuOf = {
  both: (name: string): string => `${name}: CPU of both ends`,
  client: (name: string): string => `${name}: CPU of the client`,
  server: (name: string): string => `${name}: CPU of the server`,
  after: (name: string): string => `${name}: CPU of the server behind its answers`,
  serverLoop: (name: string): string => `${name}: CPU of the server's event loop`,
} as const;

/**
 * Runs a command that tells its own time in ms and keeps the rate of `units` (chunks, MB) under `name`, and the CPU per
 * unit of both ends beside it. Ends when the server has come to rest.
 */
export async function recordCall(
  rounds: Rounds,
  { name, units, ends }: { name: string; units: number; ends: Ends },
  work: () => Promise<number>,
): Promise<void> {
  const { client, server } = ends;
  const { result: ms, cost } = await measureCost({ client, server }, work);
  rounds.add(name, (units / ms) * 1000);
  rounds.add(cpuOf.both(name), cost.cpuMs / units);
  rounds.add(cpuOf.client(name), cost.parts.client.totalMs / units);
  rounds.add(cpuOf.server(name), cost.parts.server.totalMs / units);
  rounds.add(cpuOf.serverLoop(name), cost.parts.server.loopMs / units);
  rounds.add(cpuOf.after(name), (await settle(server)) / units);
}
