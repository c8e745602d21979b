import type { Dice } from './dice.ts';

/** Credentials in the forms they are known by; each holds a mark by which it is found anywhere. */
const forms: readonly ((mark: string) => string)[] = [
  (mark) => `ghp_${mark}abcdefghijklmnopqrst`,
  (mark) => `github_pat_${mark}_abcdefghijklmnopqrstuvwxyz`,
  (mark) => `glpat-${mark}abcdefgh`,
  (mark) => `npm_${mark}abcdefghijklmnopqrst`,
  (mark) => `xoxb-${mark}-abcdefgh`,
  (mark) => `sk-${mark}abcdefgh`,
  (mark) => `sk_live_${mark}abcdefgh`,
  (mark) => `AIza${mark}abcdefghijklmnopqrs`,
  (mark) => `AKIA${mark}`,
  (mark) => `eyJhbGciOiJIUzI1NiJ9.eyJ${mark}.c2lnbmF0dXJl`,
  (mark) => `-----BEGIN RSA PRIVATE KEY-----\n${mark}\n-----END RSA PRIVATE KEY-----`,
  (mark) => `Authorization: Bearer ${mark}`,
  (mark) => `Authorization: token ${mark}`,
  (mark) => `Basic ${mark}==`,
  (mark) => `password=${mark}`,
  (mark) => `login with passwd: ${mark} please`,
  (mark) => `{"password":"${mark}"}`,
  (mark) => `https://example.com/cb?access_token=${mark}&x=1`,
  (mark) => `AWS_SECRET_ACCESS_KEY=${mark}`,
  (mark) => `https://ada:${mark}@github.com/acme/widget.git`,
  (mark) => `https://${mark}@github.com/acme/widget.git`,
  (mark) => `amqp://imi:${mark}@broker:5672/`,
];

/** Names under which any value is a credential. */
export const secretNames = [
  'password',
  'api_key',
  'apiKey',
  'access_token',
  'client_secret',
  'authorization',
  'private_key',
  'session_key',
  'Cookie',
];

/**
 * `hidden` stands where nobody asked for it (unknown fields, headers, raw payloads) and may surface
 * nowhere. `told` stands in a field that is there to be stored, so it may stand where that field is
 * shown, and nowhere else.
 */
export type Secrecy = 'hidden' | 'told';

const words: { readonly [S in Secrecy]: string } = { hidden: 'PLANTED', told: 'STOREDX' };
let planted = 0;

/** A credential like no other of this run. */
export function secret(dice: Dice, secrecy: Secrecy): string {
  planted += 1;
  return dice.pick(forms)(`${words[secrecy]}${String(planted).padStart(9, '0')}`);
}

/** How many were planted so far. */
export const plantedSoFar = (): number => planted;

/** Where planted credentials of these kinds stand in a text, with what is around them. */
export function leaksIn(text: string, kinds: readonly Secrecy[] = ['hidden', 'told']): string[] {
  const mark = new RegExp(`.{0,160}(?:${kinds.map((k) => words[k]).join('|')})\\d{9}.{0,40}`, 'gi');
  return text.match(mark) ?? [];
}
