import { fail, run, say } from './setup/command.mjs';
import { setUp } from './setup.mjs';

/** What has to hold before every commit, quick checks first. */
const STEPS = [
  { name: 'types', args: ['run', '--silent', 'typecheck'] },
  { name: 'lint', args: ['run', '--silent', 'lint'] },
  { name: 'format', args: ['run', '--silent', 'format:check'] },
  { name: 'generated code', args: ['run', '--silent', 'generate:check'] },
  { name: 'dead code', args: ['run', '--silent', 'deadcode'] },
  { name: 'unit tests', args: ['test', '--silent', '--', 'unit'] },
];

setUp();
for (const { name, args } of STEPS) {
  const startedAt = performance.now();
  if (!run('npm', args)) fail(`check failed: ${name}`);
  say(`${name}: good, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
