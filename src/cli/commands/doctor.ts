import type { Command } from 'commander';
import { withoutNode } from '../command-context.ts';
import { diagnose } from '../diagnosis.ts';
import { EXIT } from '../exit-codes.ts';
import { addSettingOptions } from '../setting-options.ts';

/** `provender doctor`: what a node needs, what it finds, and how to mend it. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description(
      'Check this machine and the settings of a node; exit code 1 when something has to be mended.',
    )
    .addHelpText(
      'after',
      `
Takes the settings of serve, so that it looks at the same directory and ports. Changes nothing; with store rados it writes a
probe object and removes it. With --network it asks the primaries whether they are there and know this node.

Examples:
  provender doctor
  provender doctor --data-dir /var/lib/provender --listen 0.0.0.0:7411
  provender doctor --store rados --pool provender --ceph-conf /etc/ceph/ceph.conf
  provender doctor --data-dir ./n9 --network genesis.json
  provender --json doctor | jq 'select(.state != "good")'`,
    );
  addSettingOptions(command).action(async (_options: unknown, used: Command) => {
    await withoutNode(used, async (output) => {
      for await (const { check, state, found, cure } of diagnose(used)) {
        const text = `${state.padEnd(7)}  ${check}: ${found}${cure === undefined ? '' : `\n           ${cure}`}`;
        if (!output.quiet || state !== 'good')
          output.result({ check, state, found, ...(cure === undefined ? {} : { cure }) }, text);
        if (state === 'bad') process.exitCode = EXIT.failed;
      }
    });
  });
}
