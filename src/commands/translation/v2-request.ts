import type { Refusal } from '../../errors.ts';
import type { JsonObject } from '../../events/event-store.ts';
import type { CommandName } from '../definitions.ts';

/** A request of v2: what it says, who says it, and the id of the command that it becomes. */
export interface V2Request {
  readonly payload: JsonObject;
  readonly actor: string;
  readonly commandId: string;
}

/** The command that a request of v2 amounts to. */
export interface AskedInV2 {
  readonly name: CommandName;
  readonly body: JsonObject;
  /** The project that the command is still to be addressed to, when it is known by name only. */
  readonly projectName?: string;
  /** What is wrong with the request, in its own words. */
  readonly refusal?: Refusal;
}
