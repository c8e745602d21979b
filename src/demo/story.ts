import { randomUUID } from 'node:crypto';
import type { Doors, Json } from './doors.ts';
import { commitOf, pullRequest, pushed } from './github.ts';

type Tell = (line: string) => void;

const envelope = (event_type: string, payload: object) => ({
  event_id: randomUUID(),
  event_type,
  timestamp: new Date().toISOString(),
  version: '1.0.0',
  source: { host: 'demo', type: 'agent', app: 'flume' },
  correlation_ids: [],
  payload,
});

const flume = (event: string, data: object) => ({
  event,
  version: '1.0',
  data,
  exchange: 'amq.topic',
  routingKey: event,
  correlationId: `corr-${Math.floor(Math.random() * 1000)}`,
  timestamp: new Date().toISOString(),
  source: 'flume',
});

/**
 * A day of three agents and an orchestrator on two repositories, through HTTP and Bloodbank.
 * Can be played again and again: what is registered stays, and each day starts work of its own.
 */
export async function playDay({ http, bloodbank }: Doors, tell: Tell): Promise<void> {
  const day = new Date().toISOString().slice(0, 23).replaceAll(/[:.]/g, '');
  const checkout = `feat/checkout-${day}`;
  const refund = `fix/refund-rounding-${day}`;
  const repository = { fullName: '33god-demo/shop', day };

  tell(
    '08:00  Flume registers the shop over Bloodbank; an agent does so again over HTTP, in another form',
  );
  const shopOrigin = 'git@github.com:33god-demo/Shop.git';
  await bloodbank(
    'imi.cmd.register_project',
    flume('imi.cmd.register_project', { name: 'shop', remote_origin: shopOrigin }),
  );
  const again = { name: 'shop', remote_origin: 'https://github.com/33god-demo/shop' };
  const shop = await http('POST', '/api/v1/projects', again);
  const docs = await http('POST', '/api/v1/projects', {
    name: 'handbook',
    remote_origin: 'ssh://git@github.com/33god-demo/handbook.git',
    metadata: { team: 'docs' },
  });
  tell(`       one project, one id: ${shop.id} (${shop.remote_origin})`);

  tell('08:30  Plane tells of a ticket');
  await bloodbank('plane.ticket.created', {
    ticket_id: 'PROJ-123',
    ...{ title: 'Pay by card', status: 'Todo' },
  });

  tell(`09:00  ada starts ${checkout} for ticket PROJ-123; bob tries the same branch`);
  const work = await http('POST', '/api/v1/work', {
    project_id: shop.id,
    branch_name: checkout,
    work_type: 'feature',
    owner_id: 'ada',
    source: { type: 'plane_ticket', ref: 'PROJ-123' },
  });
  const start = { project_id: shop.id, branch_name: checkout, work_type: 'fix', owner_id: 'bob' };
  const conflict = await http('POST', '/api/v1/work', start, [409]);
  tell(`       bob is told: ${conflict.detail.message} (${conflict.detail.params.work_item_id})`);

  tell(`09:30  bob takes ${refund} instead, over Bloodbank; cy starts on the handbook`);
  await bloodbank(
    'imi.cmd.start_work',
    envelope('imi.cmd.start_work', { ...start, branch_name: refund }),
  );
  const style = await http('POST', '/api/v1/work', {
    project_id: docs.id,
    branch_name: `docs/style-${day}`,
    work_type: 'review',
    owner_id: 'cy',
    source: { type: 'agent_assignment', ref: 'cy' },
  });

  tell('11:00  git states come in, from HTTP and from the bus');
  await http('PATCH', `/api/v1/work/${work.id}/git-state`, { uncommitted_count: 3, ahead: 2 });
  await bloodbank('imi.cmd.update_git_state', {
    project_id: shop.id,
    branch_name: refund,
    ahead_of_trunk: 1,
    behind_trunk: 4,
    idempotency_key: `demo-${day}`,
  });
  await http('PATCH', `/api/v1/work/${style.id}/git-state`, { ahead: 1 });
  await untilOnBranch(http, shop.id, refund);

  tell('12:00  what is in flight?');
  const { items } = await http('GET', '/api/v1/work/inflight');
  for (const item of items as Json[]) {
    const name = `${item.owner_id.padEnd(4)} ${item.branch_name.padEnd(36)}`;
    tell(`       ${name} ${item.status.padEnd(12)} ${item.advice}`);
  }

  tell('13:00  ada and bob edit one file; somebody pushes to a branch that nobody registered');
  const edit = (agent_id: string, branch: string) => ({
    ...{ event_type: 'tool.mutation.edit', tool_name: 'Edit', agent_id, lines_changed: 4 },
    repo: { git_root: `/home/${agent_id}/shop`, branch, remote_url: shopOrigin },
    file_path: `/home/${agent_id}/shop/src/card.ts`,
    timestamp: new Date().toISOString(),
  });
  await bloodbank('tool.mutation.edit', edit('ada', checkout));
  await bloodbank('tool.mutation.edit', edit('bob', refund));
  const wild = `try/coupons-${day}`;
  const coupons = [{ message: 'Try coupons', files: ['src/coupon.ts'] }];
  await bloodbank('git.push', pushed(repository, wild, 9, coupons));
  const conflicts = await until(
    () => http('GET', `/api/v1/work/conflicts?work_item_id=${work.id}`),
    ({ items }) => items.length > 0,
  );
  for (const { owner_id, branch_name, files } of conflicts.items as Json[]) {
    tell(`       also at ${files[0].path}: ${owner_id} on ${branch_name}`);
  }
  const untracked = await until(
    () => http('GET', `/api/v1/work/untracked?project_id=${shop.id}&limit=500`),
    ({ items }) => (items as Json[]).some((item) => item.branch_name === wild),
  );
  tell(`       untracked: ${(untracked.items as Json[]).at(-1).branch_name}`);

  tell('14:00  ada pushes two commits and opens a pull request; a second ticket is linked to it');
  const commits = [
    { message: 'Add the checkout form', files: ['src/checkout.ts'] },
    { message: 'Validate the card', files: ['src/card.ts'] },
  ];
  await bloodbank('git.push', pushed(repository, checkout, 1, commits));
  const head = { last_commit_hash: commitOf(repository, 2) };
  const pr = {
    ...{ number: Date.now() % 1_000_000_000, title: 'Checkout', branch: checkout, n: 2 },
  };
  await bloodbank('git.pr.opened', pullRequest(repository, pr, null));
  await http('POST', '/api/v1/links/ticket', {
    work_item_id: work.id,
    plane_ticket_id: 'PROJ-124',
    ticket_title: 'Pay by invoice',
  });
  await until(
    () => http('GET', `/api/v1/work/${work.id}`),
    (item) => item.pushed_head_hash === head.last_commit_hash && item.open_prs.length > 0,
  );
  await http('PATCH', `/api/v1/work/${work.id}/git-state`, { uncommitted_count: 0, ...head });

  tell('15:00  the pull request is merged, which completes the work, and is deployed');
  const merge = commitOf(repository, 3);
  await bloodbank('git.pr.merged', pullRequest(repository, pr, merge));
  const done = await until(
    () => http('GET', `/api/v1/work/${work.id}`),
    (item) => !item.active,
  );
  await bloodbank('ci.deploy.completed', {
    ...{ deploy_id: `deploy-${day}`, environment: 'production', result: 'success' },
    ...{ repo_url: shopOrigin, commit_sha: merge },
  });
  await until(
    () => http('GET', `/api/v1/trace/deploy/deploy-${day}`),
    ({ chain }) => chain.work_items.length > 0,
  );
  const clean = done.safe_to_clean ? 'its checkout is safe to clean' : 'not safe to clean yet';
  tell(`       ${done.branch_name}: ${done.status}; ${clean}`);

  tell('17:00  the handbook is given up: its open work is abandoned by iMi itself');
  await http('DELETE', `/api/v1/projects/${docs.id}`);
  const given = await until(
    () => http('GET', `/api/v1/work/${style.id}`),
    (item) => !item.active,
  );
  tell(`       ${given.branch_name}: ${given.status}`);
}

async function untilOnBranch(
  http: Doors['http'],
  projectId: string,
  branch: string,
): Promise<void> {
  const path = `/api/v1/work?project_id=${projectId}&status=diverged&limit=500`;
  await until(
    () => http('GET', path),
    ({ items }) => (items as Json[]).some((item) => item.branch_name === branch),
  );
}

/** Reads until what was read is as it should be; what comes over the bus takes its moment. */
async function until(read: () => Promise<Json>, done: (value: Json) => boolean): Promise<Json> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (Date.now() > deadline) throw new Error('iMi did not come to it within 10 seconds');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
