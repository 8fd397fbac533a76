/**
 * Reporter for `node --test` that writes what the runner's last lines need: counts, reasons of skipped tests, and the
 * files that registered no test (Node counts such a file as a passed test).
 */
export default async function* testCounts(source) {
  const counts = { passed: 0, failed: 0, skipped: [], empty: [] };
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // a skipped suite stands for its tests, which are not reported
    if (data.details?.type === 'suite' && data.skip === undefined) continue;
    if (isFile(data)) {
      if (type === 'test:fail') counts.failed += 1;
      else counts.empty.push(data.name);
    } else if (data.skip !== undefined) counts.skipped.push(reason(data));
    else if (type === 'test:fail' && data.todo === undefined) counts.failed += 1;
    else counts.passed += 1;
  }
  yield JSON.stringify(counts);
}

function isFile({ name, nesting }) {
  return nesting === 0 && name.endsWith('.test.ts');
}

function reason({ name, skip, file }) {
  const why = typeof skip === 'string' && skip !== '' ? `: ${skip}` : '';
  return `${file ?? ''} "${name}"${why}`;
}
