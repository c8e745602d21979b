import { z } from 'zod';

export const planeProjectEvents = {
  /** A Plane project and the identifier that its tickets' keys begin with. */
  'imi.ticket.project_observed': z.object({
    plane_project_id: z.uuid(),
    identifier: z.string(),
    plane_project_name: z.string().nullable(),
  }),
} as const;

export type PlaneProjectEvent = {
  [T in keyof typeof planeProjectEvents]: {
    readonly type: T;
    readonly data: z.infer<(typeof planeProjectEvents)[T]>;
  };
}[keyof typeof planeProjectEvents];

export interface PlaneProject {
  readonly identifier: string;
  readonly name: string | null;
}

/** The Plane projects that iMi has heard of, by their ids in Plane: one stream holds them all. */
export type PlaneProjects = ReadonlyMap<string, PlaneProject>;

/** Folds one event into what is known of Plane's projects; `null` is nothing yet. */
export const evolvePlaneProjects = (
  state: PlaneProjects | null,
  { data }: PlaneProjectEvent,
): PlaneProjects =>
  new Map(state).set(data.plane_project_id, {
    identifier: data.identifier,
    name: data.plane_project_name,
  });
