import { z } from 'zod';
import type { AnswerEnvelope } from '../bloodbank/envelope-out.ts';
import type { V2Key } from '../bloodbank/topology.ts';
import { errorCodes } from '../errors.ts';
import type { JsonObject } from '../events/event-store.ts';
import { type Project, projectEvents } from '../events/project.ts';
import { redact } from '../redact.ts';
import type { MakeAnswer } from './answers.ts';
import type { Outcome, Success } from './command.ts';
import { projectPayload } from './project.ts';

const anyObject = z.record(z.string(), z.unknown());

/** As the sender wrote it; what iMi made of it, a UUID, is the `causation_id`. */
const commandId = { command_id: z.string() };

const failed = z.object({
  ...commandId,
  /** Without anything that looks like a secret, cut to a readable size. */
  request: anyObject,
  error: z.object({ code: z.enum(errorCodes), message: z.string(), params: anyObject }),
});

/** Sets a reply apart from the event of its name: it has no place in the history, nothing happened. */
const unchanged = { ...commandId, unchanged: z.literal(true) };

/**
 * What iMi says to a sender of v2 beside the domain events (spec/bloodbank.md, "Answers to
 * commands"), by the key of the request: a refusal, and that nothing was new. The latter goes by the
 * name of the event that the sender waits for, without `position`, so that a chain of
 * `previous_position` passes it over.
 */
export const v2Answers = {
  'imi.project.register': {
    'imi.project.registration_failed': failed,
    'imi.project.registered': projectEvents['imi.project.registered'].extend(unchanged),
  },
  'imi.worktree.create': { 'imi.worktree.creation_failed': failed },
  'imi.worktree.merge': {
    'imi.worktree.merge_failed': failed,
    'imi.worktree.merged': z.object({
      ...unchanged,
      worktree_id: z.uuid(),
      work_item_id: z.uuid(),
      project_id: z.uuid(),
    }),
  },
} as const satisfies { readonly [K in V2Key]: { readonly [routingKey: string]: z.ZodObject } };

const failures = {
  'imi.project.register': 'imi.project.registration_failed',
  'imi.worktree.create': 'imi.worktree.creation_failed',
  'imi.worktree.merge': 'imi.worktree.merge_failed',
} as const satisfies { readonly [K in V2Key]: keyof (typeof v2Answers)[K] };

/** A request of v2, taken in hand now. */
interface Asked {
  readonly key: V2Key;
  readonly payload: JsonObject;
  /** RFC 3339 UTC. */
  readonly now: string;
}

/** The events of a request that came again went out before, and nobody may be waiting for them now. */
const isNews = ({ events }: Success, now: string): boolean =>
  events.some(({ metadata }) => metadata.occurred_at === now);

/**
 * What is said of a request of v2 with this outcome, beside the domain events; `readProject` is
 * asked for what a project is like that was registered before, and its errors are thrown.
 */
export async function v2AnswersTo(
  outcome: Outcome,
  { key, payload, now }: Asked,
  readProject: (id: string) => Promise<Project | null>,
  answer: MakeAnswer,
): Promise<readonly AnswerEnvelope[]> {
  if (outcome.status === 'rejected') {
    const { error } = outcome;
    return [answer(failures[key], { request: redact(payload), error })];
  }
  if (outcome.status === 'accepted' && isNews(outcome, now)) return [];
  const { project_id = '', work_item_id } = outcome.ids;
  switch (key) {
    case 'imi.project.register': {
      const project = await readProject(project_id);
      if (project === null) throw new Error('A project that is registered cannot be read');
      const face = { ...projectPayload(project), reactivated: false };
      return [answer('imi.project.registered', { ...face, unchanged: true })];
    }
    case 'imi.worktree.merge':
      return [
        answer('imi.worktree.merged', {
          worktree_id: work_item_id,
          work_item_id,
          project_id,
          unchanged: true,
        }),
      ];
    case 'imi.worktree.create':
      return [];
  }
}
