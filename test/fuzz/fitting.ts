import { randomUUID } from 'node:crypto';
import { exampleOf } from '../../src/contract/example.ts';
import type { JsonSchema } from '../../src/contract/json-schema.ts';
import type { Dice } from './dice.ts';
import type { Pool } from './pool.ts';
import { secret } from './secrets.ts';

export interface Ground {
  readonly dice: Dice;
  readonly pool: Pool;
  /** What `$ref` leads to. */
  readonly resolve?: (reference: string) => JsonSchema;
}

/** Names that follow rules which no schema says, or that few values make the cases meet. */
const inventions: { readonly [name: string]: (dice: Dice) => unknown } = {
  remote_origin: (dice) =>
    dice.pick([
      `git@github.com:fuzz/repo-${dice.below(12)}.git`,
      `https://github.com/Fuzz/repo-${dice.below(12)}`,
      `ssh://git@github.com:22/fuzz/REPO-${dice.below(12)}.git`,
    ]),
  repo: (dice) => `fuzz/repo-${dice.below(12)}`,
  branch_name: (dice) => `feat/PROJ-${dice.below(40)}`,
  branch: (dice) => `feat/PROJ-${dice.below(40)}`,
  plane_ticket_id: (dice) => `PROJ-${dice.below(40)}`,
  owner_id: (dice) => `agent-${dice.below(5)}`,
  pr_number: (dice) => 1 + dice.below(60),
  name: (dice) => `thing-${dice.below(20)}`,
  'idempotency-key': (dice) => `key-${dice.below(1e6)}`,
  'if-match': (dice) => dice.pick(['*', '"0"', '"1"']),
  toml: (dice) => `[components]\nsvc-${dice.below(9)} = { path = "svc", kind = "local" }\n`,
};

const optional = 0.35;

/** A value that fits the schema as far as the schema tells, of things that exist where it can. */
export function fitting(schema: JsonSchema, name: string, ground: Ground): unknown {
  const { dice, pool, resolve } = ground;
  if (typeof schema.$ref === 'string' && resolve) {
    return fitting(resolve(schema.$ref), name, ground);
  }
  if (Array.isArray(schema.enum)) return dice.pick(schema.enum);
  if ('const' in schema) return schema.const;
  const variants = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (variants) return fitting(dice.pick(variants), name, ground);
  switch (dice.pick([schema.type].flat())) {
    case 'object':
      return objectFor(schema, ground);
    case 'array':
      return arrayFor(schema, name, ground);
    case 'null':
      return null;
    case 'boolean':
      return dice.chance(0.5);
    case 'integer':
    case 'number':
      return pool.pick(name, dice) ?? inventions[name]?.(dice) ?? numberFor(schema, dice);
    case 'string':
      return textFor(schema, name, ground);
    default:
      return dice.pick([1, 'free', null, { free: true }]);
  }
}

function objectFor(schema: JsonSchema, ground: Ground): object {
  const { dice } = ground;
  const properties = (schema.properties ?? {}) as { readonly [name: string]: JsonSchema };
  const required = (schema.required ?? []) as readonly string[];
  const fields = Object.entries(properties)
    .filter(([name]) => required.includes(name) || dice.chance(optional))
    .map(([name, field]) => [name, fitting(field, name, ground)]);
  const isFree = schema.properties === undefined;
  const free = isFree && dice.chance(0.7) ? [['note', freeText(dice)]] : [];
  return Object.fromEntries([...fields, ...free]);
}

function arrayFor(schema: JsonSchema, name: string, ground: Ground): unknown[] {
  const length = Number(schema.minItems ?? 0) + ground.dice.below(3);
  const items = (schema.items ?? {}) as JsonSchema;
  return Array.from({ length }, () => fitting(items, name.replace(/s$/, ''), ground));
}

function numberFor({ minimum = 0, maximum = 1000 }: JsonSchema, dice: Dice): number {
  const [low, high] = [Number(minimum), Number(maximum)];
  return dice.pick([low, Math.min(low + dice.below(100), high), high]);
}

function textFor(schema: JsonSchema, name: string, { dice, pool }: Ground): unknown {
  const known = pool.pick(name, dice);
  if (known !== undefined && dice.chance(0.7)) return String(known);
  const invented = inventions[name]?.(dice);
  if (invented !== undefined) return invented;
  if (schema.format === 'uuid') return known ?? randomUUID();
  if (schema.format === 'date-time') {
    return new Date(Date.UTC(2026, 0, 1) + dice.below(1e9) * 1000).toISOString();
  }
  if (/title|message|description/.test(name) && dice.chance(0.3)) return freeText(dice);
  return exampleOf(schema, name);
}

const freeText = (dice: Dice): string =>
  dice.pick(['ordinary', 'שלום עולם', '👩‍👩‍👧 e\u0301', secret(dice, 'told'), 'x'.repeat(180)]);
