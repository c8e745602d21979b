import type { CommandHandler } from './command.ts';
import { isCommandName } from './definitions.ts';

/** Hears how a command was settled: `accepted`, `unchanged` or the code of the refusal. */
export type OnSettled = (command: string, outcome: string, seconds: number) => void;

/** The same handler, telling how each command was settled and how long that took. */
export const metered = (handler: CommandHandler, onSettled: OnSettled): CommandHandler => ({
  rehearse: (command) => handler.rehearse(command),
  async handle(command) {
    const start = performance.now();
    const outcome = await handler.handle(command);
    const name = outcome.status === 'rejected' ? outcome.error.code : outcome.status;
    // Whatever else somebody may ask for by name must not become a label each.
    const label = isCommandName(command.name) ? command.name : 'unknown';
    onSettled(label, name, (performance.now() - start) / 1000);
    return outcome;
  },
});
