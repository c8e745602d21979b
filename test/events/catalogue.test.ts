import { expect, test } from 'vitest';
import { assertReadable, catalogue } from '../../src/events/catalogue.ts';
import { projectRegistered } from '../support/projected-events.ts';

const { type, data } = projectRegistered('widget');

test('what can be read again may be written', () => {
  expect(() => assertReadable(type, data)).not.toThrow();
});

test.each([
  ['an unknown type', 'imi.project.painted', data],
  ['a missing field', type, { ...data, project_id: undefined }],
  ['a field of another form', type, { ...data, project_id: 'widget' }],
])('%s may not', (_what, name, payload) => {
  expect(() => assertReadable(name, payload)).toThrow();
});

test('every event type is one that Bloodbank’s consumers accept as a routing key', () => {
  for (const name of Object.keys(catalogue)) expect(name).toMatch(/^imi(\.[a-z_]+){2}$/);
});
