import { z } from 'zod';
import type { JsonObject } from './event-store.ts';

const metadata = z.record(z.string(), z.unknown());

/** The public face of a project, carried whole by each of its events. */
const face = {
  project_id: z.uuid(),
  project_name: z.string(),
  remote_origin: z.string(),
  default_branch: z.string(),
  trunk_path: z.string(),
  description: z.string().nullable(),
  metadata,
};

export const projectEvents = {
  'imi.project.registered': z.object({ ...face, reactivated: z.boolean() }),
  'imi.project.updated': z.object({ ...face, changed_fields: z.array(z.string()) }),
  'imi.project.deactivated': z.object({
    project_id: z.uuid(),
    project_name: z.string(),
    remote_origin: z.string(),
  }),
} as const;

export type ProjectEvent = {
  [T in keyof typeof projectEvents]: {
    readonly type: T;
    readonly data: z.infer<(typeof projectEvents)[T]>;
  };
}[keyof typeof projectEvents];

/** A project as its stream tells it, under its wire names (spec/domain.md, "Project"). */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly remote_origin: string;
  readonly default_branch: string;
  readonly trunk_path: string;
  readonly description: string | null;
  readonly metadata: JsonObject;
  readonly active: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Folds one event, that happened at `at`, into a project; `null` is a project that never was. */
export function evolveProject(state: Project | null, event: ProjectEvent, at: string): Project {
  switch (event.type) {
    case 'imi.project.registered':
    case 'imi.project.updated': {
      const { project_id, project_name, remote_origin, default_branch, trunk_path } = event.data;
      return {
        id: project_id,
        name: project_name,
        remote_origin,
        default_branch,
        trunk_path,
        description: event.data.description,
        metadata: event.data.metadata,
        active: event.type === 'imi.project.registered' || (state?.active ?? true),
        created_at: state?.created_at ?? at,
        updated_at: at,
      };
    }
    case 'imi.project.deactivated':
      if (state === null) throw new Error('A project was deactivated before it was registered');
      return { ...state, active: false, updated_at: at };
  }
}
