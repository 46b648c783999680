import * as fc from 'fast-check'

/** What is likely to be read wrongly. */
const FRAGMENTS = [
  ...'{}[],:"\\ \n\t-+.0eE1u'.split(''),
  '"a"',
  '"a":1,',
  '"\\u0061":1,',
  '"__proto__":1',
  '"\\u005f_proto__":{}',
  '"constructor":{"prototype":1}',
  '"constructor":',
  '"prototype":1',
  '\\u0000',
  '\\ud83d',
  '\\ude00',
  '\\ud83d\\ude00',
  '\\\\',
  '\\"',
  '1e400',
  '1e308',
  '-0',
  '0.1e-999',
  'true',
  'false',
  'null',
  'nul',
  '{}',
  '[]',
  '['.repeat(31),
  ']'.repeat(31),
  '{"a":'.repeat(31),
  '}'.repeat(31),
  '9'.repeat(309),
  '\u0000',
  '\u0001',
  '\ufeff',
  '\u2028',
  '😀',
]

const names = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '',
    'constructor',
    'prototype',
    '__proto__',
    'toString',
    'é',
    '"',
    '\\',
    '\u0000',
    '\ud83d',
  ),
  fc.string({ maxLength: 4 }),
)
const leaves = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, '\u0000', '\udc00', 'a"b\\c'),
)

const jsonText = (value: unknown): string => JSON.stringify(value) ?? 'null'

/** The same text, every code unit as an escape. */
const escaped = (text: string): string =>
  `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`

const spelled = fc.oneof({ arbitrary: names.map(jsonText), weight: 5 }, names.map(escaped))
/** Values that need care, and some that are none. */
const rareTexts = fc.oneof(
  fc.constantFrom('1e400', '-1E+400', '9'.repeat(309), `1${'0'.repeat(308)}`, '1e308', '0.1e-999', '-0', '1E1'),
  fc.constantFrom('-', '1.', '1e', '1e+', '01', '.5', '+1', 'tru', 'NaN', '"\t"', "'a'", ''),
  fc
    .array(fc.constantFrom('\\ud83d', '\\ude00', '\\u0000', '\\n', '\\x', '\\u12', 'a'), { minLength: 1, maxLength: 3 })
    .map((escapes) => `"${escapes.join('')}"`),
)

/** Values of JSON as texts, with doubled names too: an object is a list of its fields. */
const { value: valueText, object: objectText } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    { arbitrary: leaves.map(jsonText), weight: 12 },
    { arbitrary: rareTexts, weight: 1 },
    { arbitrary: tie('array'), weight: 8 },
    { arbitrary: tie('object'), weight: 8 },
  ),
  array: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
  object: fc
    .array(fc.tuple(spelled, tie('value'), fc.constantFrom('', ' ', '\n\t')), { maxLength: 5 })
    .map((fields) => `{${fields.map(([name, value, space]) => `${name}${space}:${space}${value}`).join(',')}}`),
}))

/** Levels around the limit. */
const deep = fc
  .tuple(fc.integer({ min: 28, max: 36 }), fc.boolean(), objectText)
  .map(([levels, isArray, inner]) =>
    isArray
      ? `{"a":${'['.repeat(levels)}${inner}${']'.repeat(levels)}}`
      : `${'{"a":'.repeat(levels)}${inner}${'}'.repeat(levels)}`,
  )

/** A text with pieces put in, or left out. */
const mutated = fc
  .tuple(objectText, fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom('', ...FRAGMENTS)), { maxLength: 4 }))
  .map(([text, changes]) =>
    changes.reduce((changing, [place, length, fragment]) => {
      const at = place % (changing.length + 1)
      return `${changing.slice(0, at)}${fragment}${changing.slice(at + length)}`
    }, text),
  )

/** Texts that are JSON, nearly JSON, or nothing like it. Without lone surrogates, which no UTF-8 has. */
export const jsonTexts: fc.Arbitrary<string> = fc
  .oneof(
    objectText,
    { arbitrary: mutated, weight: 3 },
    valueText,
    deep,
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  .map((text) => text.toWellFormed())
