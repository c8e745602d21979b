import type { JsonObject } from '../../../src/events/event-store.ts';

export const issueId = '0d7a1f6c-4b1e-4d2a-9a53-3c1d5f7e9b11';
export const projectUuid = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
export const stateId = 'b8f3c2d1-1111-4222-8333-944445555666';

/** Plane's webhook of an issue, as its documentation and its own code give it. */
export const issueWebhook = (more: JsonObject = {}, data: JsonObject = {}): JsonObject => ({
  event: 'issue',
  action: 'updated',
  webhook_id: 'f1b7c1de-7b0c-4e59-9a2e-8f3f5a6b7c8d',
  workspace_id: '2c1f0a9e-6d5c-4b3a-8f7e-6d5c4b3a2f1e',
  data: {
    id: issueId,
    name: 'Widgets spin backwards',
    description_html: '<p>They should not.</p>',
    priority: 'high',
    sequence_id: 123,
    start_date: null,
    target_date: null,
    created_at: '2026-01-20T08:00:00.000001Z',
    updated_at: '2026-01-21T14:30:22.345678Z',
    project: projectUuid,
    workspace: '2c1f0a9e-6d5c-4b3a-8f7e-6d5c4b3a2f1e',
    state: { id: stateId, name: 'In Progress', color: '#f59e0b', group: 'started' },
    labels: [],
    assignees: [{ id: 'a1b2c3d4-0000-4000-8000-000000000001', display_name: 'ada' }],
    ...data,
  },
  activity: {
    field: 'state',
    old_value: 'Todo',
    new_value: 'In Progress',
    actor: { id: 'a1b2c3d4-0000-4000-8000-000000000001', display_name: 'ada' },
  },
  ...more,
});

/** What Plane tells of a deletion: the id, and nothing else. */
export const issueDeleted: JsonObject = issueWebhook({
  action: 'deleted',
  data: { id: issueId },
  activity: { field: null, old_value: null, new_value: null },
});

export const projectWebhook = (data: JsonObject = {}): JsonObject => ({
  event: 'project',
  action: 'updated',
  webhook_id: 'f1b7c1de-7b0c-4e59-9a2e-8f3f5a6b7c8d',
  workspace_id: '2c1f0a9e-6d5c-4b3a-8f7e-6d5c4b3a2f1e',
  data: {
    id: projectUuid,
    name: 'Widgets',
    identifier: 'PROJ',
    network: 2,
    updated_at: '2026-01-21T14:31:00.000000Z',
    ...data,
  },
});

/** The relay of webhooks wraps what it was sent. */
export const relayed = (body: unknown): JsonObject => ({
  provider: 'plane',
  event: 'issue',
  path: '/webhooks/plane',
  body,
});

/** GitHub's webhook of a pull request, cut to what iMi and its recogniser look at. */
export const githubPullRequest: JsonObject = {
  action: 'opened',
  number: 42,
  pull_request: { number: 42, title: 'Spin the other way', state: 'open', merged: false },
  repository: { id: 1, full_name: 'acme/widget', clone_url: 'https://github.com/acme/widget.git' },
  sender: { login: 'ada', id: 7 },
};

export const githubPing: JsonObject = {
  zen: 'Keep it logically awesome.',
  hook_id: 1,
  hook: { type: 'Organization', id: 1 },
  organization: { login: 'acme' },
  sender: { login: 'ada' },
};
