import { type Command, InvalidArgumentError, Option } from 'commander';
import { readClientConfig } from '../config.ts';
import { ApiClient } from './api-client.ts';
import { sayJson } from './output.ts';

/** A client of the service that the environment names. */
export const api = (): ApiClient => new ApiClient(readClientConfig(process.env));

export interface OutputOptions {
  readonly json?: true;
}

/** Lets a command answer as the system stood then (`as_of` of the API). */
export const withAsOf = (command: Command): Command =>
  command.option('--as-of <moment>', 'as it stood then: a position, or an RFC 3339 time');

/** A command that answers something: a table for people, with `--json` the same for programs. */
export const answering = (parent: Command, name: string, description: string): Command =>
  parent
    .command(name)
    .description(description)
    .addOption(new Option('--json', 'answer as JSON, errors included'));

/** Writes the answer in the form that was asked for. */
export function answer(options: OutputOptions, value: unknown, forPeople: () => void): void {
  if (options.json) sayJson(value);
  else forPeople();
}

/** An option's value as a whole number that is not negative. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

/** An option's value as a JSON object. */
export function jsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {
    // Told below, like all else that is no object.
  }
  throw new InvalidArgumentError('Give a JSON object, such as {"team":"core"}.');
}

/** The fields that have a value. */
export const given = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<T>;
