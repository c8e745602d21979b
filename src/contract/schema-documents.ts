import { z } from 'zod';
import { commandContracts } from './command-contracts.ts';
import { eventContracts } from './event-contracts.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';

/** The JSON Schemas of one event or command, as they are served. */
export interface SchemaDocument {
  /** Event type, or routing key of the command. */
  readonly name: string;
  readonly kind: 'event' | 'command';
  /** `schema_version` in the metadata of events; commands have none. */
  readonly version: number | null;
  readonly payload: JsonSchema;
  readonly message: JsonSchema;
}

const named = (id: string, schema: z.ZodType): JsonSchema => {
  const { $schema, ...rest } = jsonSchemaOf(schema);
  return { $schema, $id: `urn:imi:${id}`, ...rest };
};

/** JSON Schemas (2020-12) of everything iMi publishes and of every command it takes. */
export const schemaDocuments = (): readonly SchemaDocument[] => [
  ...eventContracts.map(({ type: name, version, payload, message }) => ({
    name,
    kind: 'event' as const,
    version,
    payload: named(`${name}:${version}:payload`, payload),
    message: named(`${name}:${version}:message`, message),
  })),
  ...commandContracts.map(({ key: name, body, envelopes }) => ({
    name,
    kind: 'command' as const,
    version: null,
    payload: named(`${name}:payload`, body),
    message: named(`${name}:message`, z.union(Object.values(envelopes))),
  })),
];
