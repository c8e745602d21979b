/** The time as iMi writes it: RFC 3339 UTC. Only the composition root asks for it; all else is told. */
export const now = (): string => new Date().toISOString();
