import { HIDDEN, withoutSecretFields } from './secret-fields.ts'

/** What a line or a terminal acts on: controls, ends of lines, changes of direction. */
const UNSAFE = /[\s\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu
const NAMED: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }

/** The text without these secrets, however they are written. The longest come first. */
export function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((plain, secret) => plain.replace(new RegExp(written(secret), 'gi'), HIDDEN), text)
}

export const oneLine = (text: string): string => text.replace(UNSAFE, ' ').trim()

/**
 * The body of an answer on one line, without these secrets and without the values of fields of secret names. Where `isCut`, it
 * goes on after its end: what may be the beginning of a secret there is left out.
 */
export function redacted(body: string, secrets: readonly string[], isCut: boolean): string {
  const plain = oneLine(hide(withoutSecretFields(body), secrets))
  return isCut ? plain.slice(0, plain.length - Math.max(0, ...secrets.map((secret) => begun(secret, plain)))) : plain
}

/** How much of the secret the text ends with. */
function begun(secret: string, text: string): number {
  const end = text.slice(-secret.length).toLowerCase()
  const start = secret.toLowerCase()
  for (let length = Math.min(start.length, end.length); length > 0; length -= 1) {
    if (end.endsWith(start.slice(0, length))) return length
  }
  return 0
}

/** As it is, and as JSON, URLs and HTML write it. */
const written = (secret: string): string =>
  Array.from(secret.replace(/\\+/g, '\\'))
    .map((one) => (/[a-z\d]/i.test(one) ? one : `(?:${spellings(one).join('|')})`))
    .join('')

function spellings(one: string): readonly string[] {
  if (one === '\\') return ['\\\\{1,8}', '(?:%5C){1,8}', '(?:&#92;){1,8}', '(?:&#x5C;){1,8}']
  const units = one.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'))
  const code = one.codePointAt(0) ?? 0
  return [
    `\\\\{0,8}${one.replace(/[$()*+./?[\]^{|}-]/, '\\$&')}`,
    [...Buffer.from(one)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    units.map((unit) => `\\\\{1,8}u${unit}`).join(''),
    `&#0{0,8}${code};`,
    `&#x0{0,8}${code.toString(16)};`,
    ...(NAMED[one] === undefined ? [] : [`&${NAMED[one]};`]),
    ...(one === ' ' ? ['\\+'] : []),
  ]
}
