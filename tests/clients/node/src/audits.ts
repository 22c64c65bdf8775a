// The audits of `graphql-http`: what GraphQL over HTTP demands of a server (MUST), recommends (SHOULD) and allows (MAY).

import { type AuditFail, type AuditResult, serverAudits } from 'graphql-http';

import { expect, run, step } from './journey.js';

/** What version 1.23.1 asks; another version is another contract, to be read before it is pinned. */
const EXPECTED = { MUST: 13, SHOULD: 23, MAY: 25 };

await run('audits', async (origin) => {
  const audits = serverAudits({ url: `${origin}/graphql`, fetchFn: fetch });
  for (const [requirement, number] of Object.entries(EXPECTED)) {
    const found = audits.filter((audit) => audit.name.startsWith(`${requirement} `)).length;
    expect(found === number, `${number} audits of ${requirement}`, found);
  }
  const results: AuditResult[] = [];
  step(`running ${audits.length} audits`);
  for (const audit of audits) {
    results.push(await audit.fn());
  }
  const failed = results.filter((result): result is AuditFail => result.status !== 'ok');
  for (const status of ['error', 'warn', 'notice'] as const) {
    for (const result of failed.filter((result) => result.status === status)) {
      console.log(`  ${status}: ${result.id}: ${result.name}: ${result.reason}: ${await shown(result)}`);
    }
  }
  const count = (status: AuditResult['status']) => results.filter((result) => result.status === status).length;
  const counts = `${count('ok')} ok, ${count('notice')} notice, ${count('warn')} warn, ${count('error')} error`;
  expect(count('error') === 0, `every MUST to pass; found ${counts}`);
  return `every MUST of graphql-http's ${audits.length} audits: ${counts}`;
});

async function shown({ response }: AuditFail): Promise<string> {
  const body = response.bodyUsed ? '' : (await response.text()).slice(0, 200);
  return `${response.status} ${response.headers.get('content-type') ?? 'without a content-type'} ${body}`.trim();
}
