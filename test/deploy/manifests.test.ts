import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig, roles, settingNames } from '../../src/config.ts';
import { operations } from '../../src/read-api/routes/operations.ts';
import { serverWith } from '../http/server.ts';
import { createHealthyProbes } from '../read-api/probes.ts';

// Manifests are data of many forms; what a test reads of them it expects to be there.
// biome-ignore lint/suspicious/noExplicitAny: a path that is not there fails the test
type Manifest = any;

const folder = 'deploy/kubernetes';
const read = (path: string) => readFile(path, 'utf8');
const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
const documentsOf = async (name: string): Promise<Manifest[]> =>
  parseAllDocuments(await read(`${folder}/${name}`)).map((document) => document.toJS());
const kustomization = (await documentsOf('kustomization.yaml'))[0];
const manifests: Manifest[] = (
  await Promise.all(kustomization.resources.map((name: string) => documentsOf(name)))
).flat();
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
const deployments = ofKind('Deployment');
const [secret] = await documentsOf('secret.example.yaml');
const [config] = ofKind('ConfigMap');

const app = await serverWith({ operations: [operations(createHealthyProbes())] });
const answersWithoutKey = async (path: string) => (await app.inject(path)).statusCode === 200;

const tagged = /^[a-z0-9./-]+:[A-Za-z0-9][A-Za-z0-9._-]*$/;

describe('The Kubernetes manifests', () => {
  it('are all part of the kustomization, but for the example of a secret', () => {
    const parts = [...kustomization.resources, 'kustomization.yaml', 'secret.example.yaml'];
    expect(files.sort()).toEqual(parts.sort());
  });

  it('run every role once, each with settings that iMi knows and takes', () => {
    const run: string[] = [];
    for (const { spec } of deployments) {
      const [{ env, envFrom }] = spec.template.spec.containers;
      expect(envFrom).toEqual([{ configMapRef: { name: config.metadata.name } }]);
      const given: Record<string, string> = { ...config.data };
      for (const { name, value, valueFrom } of env) {
        if (value !== undefined) given[name] = value;
        else {
          expect(valueFrom.secretKeyRef.name).toBe(secret.metadata.name);
          const { key } = valueFrom.secretKeyRef;
          expect(secret.stringData).toHaveProperty(key);
          given[name] = secret.stringData[key];
        }
      }
      for (const name of Object.keys(given)) expect(settingNames).toContain(name);
      const {
        port,
        roles: own,
        apiKeys,
        databaseUrl,
        rabbitmqUrl,
        eventStoreUrl,
      } = readConfig(given);
      expect(port).toBe(spec.template.spec.containers[0].ports[0].containerPort);
      expect([apiKeys.length > 0, databaseUrl, rabbitmqUrl, eventStoreUrl]).not.toContain(
        undefined,
      );
      expect(apiKeys).not.toEqual([]);
      run.push(...own);
    }
    expect(run.sort()).toEqual([...roles].sort());
    for (const name of Object.keys(secret.stringData)) expect(settingNames).toContain(name);
  });

  it('keep no secret of their own', () => {
    expect(ofKind('Secret')).toEqual([]);
    for (const { spec } of deployments) {
      for (const { name, value } of spec.template.spec.containers[0].env) {
        if (/URL|KEY/.test(name)) expect(value, name).toBeUndefined();
      }
    }
  });

  it('ask what iMi answers without a key', async () => {
    for (const { spec } of deployments) {
      const { startupProbe, readinessProbe, livenessProbe, ports, lifecycle } =
        spec.template.spec.containers[0];
      for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe]) {
        expect(httpGet.port).toBe(ports[0].name);
        expect(await answersWithoutKey(httpGet.path), httpGet.path).toBe(true);
      }
      // The service gives itself 10 s to shut down.
      const { terminationGracePeriodSeconds } = spec.template.spec;
      expect(terminationGracePeriodSeconds).toBeGreaterThan(10 + lifecycle.preStop.sleep.seconds);
      const { annotations } = spec.template.metadata;
      expect(annotations['prometheus.io/path']).toBe('/metrics');
      expect(annotations['prometheus.io/port']).toBe(String(ports[0].containerPort));
    }
  });

  it('run without rights, within requests, from an image with a tag', () => {
    for (const { spec } of deployments) {
      const { securityContext, serviceAccountName, automountServiceAccountToken, containers } =
        spec.template.spec;
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect([serviceAccountName, automountServiceAccountToken]).toEqual(['imi', false]);
      for (const container of containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.requests).toMatchObject({
          cpu: expect.stringMatching(/^\d+m$/),
          memory: expect.stringMatching(/^\d+Mi$/),
        });
        expect(container.resources.limits.memory).toMatch(/^\d+Mi$/);
        expect(container.image).toMatch(tagged);
        expect(container.image).not.toMatch(/:latest$/);
      }
    }
  });

  it('select what they mean: deployments, budgets, the service and the network policies', () => {
    const labels = deployments.map(({ spec }) => spec.template.metadata.labels);
    const selects = (selector: Record<string, string>) =>
      labels.filter((own: Record<string, string>) =>
        Object.entries(selector).every(([name, value]) => own[name] === value),
      ).length;
    for (const { spec } of [...deployments, ...ofKind('PodDisruptionBudget')]) {
      expect(selects(spec.selector.matchLabels)).toBe(1);
    }
    expect(ofKind('PodDisruptionBudget')).toHaveLength(deployments.length);
    const [service] = ofKind('Service');
    expect(selects(service.spec.selector)).toBe(1);
    expect(service.spec.ports[0].targetPort).toBe('http');
    const policies = ofKind('NetworkPolicy').map(({ spec }) =>
      selects(spec.podSelector.matchLabels),
    );
    expect(policies.sort()).toEqual([1, deployments.length]);
    // Two of each: a budget of one keeps one at work.
    for (const { spec } of deployments) expect(spec.replicas).toBeGreaterThan(1);
  });
});

describe('compose.yaml', async () => {
  const compose: Manifest = parse(await read('compose.yaml'), { merge: true });
  const services = Object.entries<Manifest>(compose.services);
  const imi = services.filter(([, service]) => service.build !== undefined);

  it('gives iMi settings that it knows and takes, in all roles scaled and not', () => {
    const filled = (value: string) => value.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
    const scaled: string[] = [];
    for (const [name, { environment, profiles }] of imi) {
      const given = Object.fromEntries(
        Object.entries<string>(environment).map(([key, value]) => [key, filled(value)]),
      );
      for (const key of Object.keys(given)) expect(settingNames, name).toContain(key);
      const { roles: own } = readConfig(given);
      if (profiles === undefined) expect([...own].sort()).toEqual([...roles].sort());
      else scaled.push(...own);
    }
    expect(scaled.sort()).toEqual([...roles].sort());
  });

  it('names images with tags, and only services, volumes and files that there are', () => {
    for (const [name, service] of services) {
      if (service.image !== undefined) expect(service.image, name).toMatch(tagged);
      for (const [other, { condition }] of Object.entries<Manifest>(service.depends_on ?? {})) {
        const target = compose.services[other];
        expect(target, `${name} → ${other}`).toBeDefined();
        expect(condition).toBe('service_healthy');
        // iMi's own check is in its image.
        expect(target.healthcheck ?? target.build, other).toBeDefined();
        // What is not started by default cannot be waited for by what is.
        if (service.profiles === undefined) expect(target.profiles).toBeUndefined();
      }
      for (const volume of service.volumes ?? []) {
        expect(compose.volumes).toHaveProperty(String(volume).split(':')[0] as string);
      }
      for (const { source } of service.configs ?? []) {
        expect(compose.configs).toHaveProperty(source);
      }
    }
  });

  it('opens every port to this machine alone, and none twice by default', () => {
    const open = services.flatMap(([, { ports = [] }]) => ports as string[]);
    for (const port of open) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('has every server of the scaled set reached by a name that one has', () => {
    const names = new Set([...Object.keys(compose.services), 'rabbitmq-cluster']);
    for (const [, { environment }] of imi) {
      for (const name of ['IMI_EVENTSTORE_URL', 'IMI_RABBITMQ_URL', 'IMI_DATABASE_URL']) {
        const hosts = String(environment[name])
          .replace(/^.*\/\/([^@/]*@)?/, '')
          .replace(/[/?].*/, '');
        for (const host of hosts.split(',')) expect(names).toContain(host.split(':')[0]);
      }
    }
  });
});

describe('The Dockerfile', async () => {
  const dockerfile = await read('Dockerfile');

  it('runs as a user without rights, from images with a tag, and asks what answers without a key', async () => {
    const [, ...stages] = dockerfile.split(/^FROM /m);
    for (const stage of stages) expect(stage.split(/\s/)[0]).toMatch(tagged);
    expect(stages.at(-1)).toMatch(/^USER node$/m);
    expect(stages.at(-1)?.indexOf('USER node')).toBeLessThan(stages.at(-1)?.indexOf('\nCMD') ?? 0);
    const path = /HEALTHCHECK[\s\S]*?IMI_PORT}(\/\w+)/.exec(dockerfile)?.[1] ?? '';
    expect(await answersWithoutKey(path)).toBe(true);
  });
});
