import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assert as holds, nat, property, string } from 'fast-check'
import { redacted } from '../../src/upstream/call/redact.ts'
import { secretsOf } from '../../src/upstream/call/secrets.ts'
import { withoutSecretFields } from '../../src/upstream/call/secret-fields.ts'

const SECRET = 'hunter2/+="é'

/** Ways in which an API may say what it was told. */
const echoes: readonly (readonly [how: string, echo: (secret: string) => string])[] = [
  ['as it is', (secret) => `no: ${secret}!`],
  ['twice', (secret) => `${secret}${secret}`],
  ['in upper case', (secret) => secret.toUpperCase()],
  ['in JSON', (secret) => JSON.stringify({ error: `no: ${secret}!` })],
  ['in JSON in JSON', (secret) => JSON.stringify({ error: JSON.stringify({ was: secret }) })],
  ['in JSON as PHP writes it', (secret) => JSON.stringify({ error: secret }).replaceAll('/', '\\/')],
  ['in JSON with nothing but ASCII', (secret) => ascii(JSON.stringify({ error: secret }))],
  ['in broken JSON with nothing but ASCII', (secret) => ascii(JSON.stringify({ error: secret })).slice(0, -1)],
  ['as the name in JSON', (secret) => JSON.stringify({ [secret]: 1 })],
  ['in a URL', (secret) => `GET /a?b=${encodeURIComponent(secret)}&c`],
  ['in a form', (secret) => new URLSearchParams({ b: secret }).toString()],
  ['in HTML', (secret) => html(secret)],
  [
    'in HTML by numbers',
    (secret) =>
      Array.from(secret, (one) => (/\w/.test(one) ? one : `&#x${one.codePointAt(0)?.toString(16)};`)).join(''),
  ],
]

const ascii = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
const html = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[one] ?? one,
  )

/** Where a request carries a secret, and what of it must not be told. */
const carriers: readonly (readonly [
  where: string,
  headers: Record<string, string>,
  query: string,
  secrets: readonly string[],
])[] = [
  ['Bearer', { Authorization: 'Bearer abcdef.ghi-123' }, '', ['abcdef.ghi-123']],
  ['a token without a scheme', { Authorization: 'abcdef123' }, '', ['abcdef123']],
  [
    'Basic',
    { Authorization: `Basic ${btoa('user1:pass:word')}` },
    '',
    [btoa('user1:pass:word'), 'user1:pass:word', 'pass:word', 'user1'],
  ],
  ['Basic with a key for a user', { Authorization: `Basic ${btoa('sk_live_1:')}` }, '', ['sk_live_1']],
  [
    'a signature of AWS',
    {
      Authorization:
        'AWS4-HMAC-SHA256 Credential=AKIA123/20260101/eu/s3/aws4_request, SignedHeaders=host, Signature=fe5f80',
    },
    '',
    ['AKIA123/20260101/eu/s3/aws4_request', 'fe5f80'],
  ],
  ['Digest', { Authorization: 'Digest username="mufasa", response="6629fae4"' }, '', ['mufasa', '6629fae4']],
  ['a proxy', { 'Proxy-Authorization': 'Bearer abcdef123' }, '', ['abcdef123']],
  ['X-Api-Key', { 'X-Api-Key': 'abcd' }, '', ['abcd']],
  ['Api-Key', { 'Api-Key': 'abcd1234' }, '', ['abcd1234']],
  ['a subscription key', { 'Ocp-Apim-Subscription-Key': 'abcd1234' }, '', ['abcd1234']],
  ['a token of its own', { 'X-Auth-Token': 'abcd1234' }, '', ['abcd1234']],
  ['X-Auth', { 'X-Auth': 'abcd1234' }, '', ['abcd1234']],
  ['a signature', { 'X-Hub-Signature-256': 'sha256=abcd1234' }, '', ['abcd1234']],
  [
    'cookies',
    { Cookie: 'theme=dark; sid=abcd1234; other="quoted%20one"' },
    '',
    ['abcd1234', 'quoted%20one', 'quoted one'],
  ],
  ['the query', {}, '?key=abcd1234&n=1', ['abcd1234']],
  ['the query, encoded', {}, '?sig=ab%2Bcd%3D+12%26', ['ab%2Bcd%3D+12%26', 'ab+cd= 12&']],
  ['the query, encoded wrongly', {}, '?sig=100%abcd', ['100%abcd']],
  ['the query without a name', {}, '?abcd1234', ['abcd1234']],
]

describe('what a request carries', () => {
  for (const [where, headers, query, secrets] of carriers) {
    it(`is found in ${where}`, () => {
      const found = secretsOf({ url: `https://api/a${query}`, headers: new Headers(headers) })
      for (const secret of secrets) assert.ok(found.includes(secret), `${secret} in ${found.join(' | ')}`)
      assert.deepEqual(
        found,
        found.toSorted((one, other) => other.length - one.length),
      )
    })
  }

  it('is found as user and password of the URL', () => {
    const found = secretsOf({ url: 'https://us%40er:pa%3Ass@api/a', headers: new Headers() })
    assert.deepEqual(new Set(found), new Set(['us%40er', 'us@er', 'pa%3Ass', 'pa:ss']))
  })

  it('is no secret where it is short, or says only what the call is about', () => {
    const headers = {
      Authorization: 'x y',
      Cookie: 'a=12345',
      'Idempotency-Key': 'abcdefgh',
      Accept: 'application/json',
    }
    assert.deepEqual(secretsOf({ url: 'https://api/receipts/123456?page=12345', headers: new Headers(headers) }), [])
  })

  it('is found in an address that is none', () => {
    assert.deepEqual(secretsOf({ url: '/a?key=abcd1234#b', headers: new Headers() }), ['abcd1234'])
  })
})

describe('a secret of the request', () => {
  for (const [how, echo] of echoes) {
    it(`is not shown where the API says it ${how}`, () => {
      const shown = redacted(echo(SECRET), [SECRET], false)
      assert.ok(!/hunter2/i.test(shown), shown)
      assert.ok(shown.includes('[…]'), shown)
    })
  }

  it('is not shown, whatever it is and however it is said', () => {
    holds(
      property(string({ minLength: 6, maxLength: 40, unit: 'grapheme-ascii' }), nat(), (secret, which) => {
        const [, echo] = echoes[which % echoes.length] ?? assert.fail()
        const shown = redacted(`<${echo(secret)}>`, [secret], false)
        assert.ok(!shown.includes(secret) || '[…]'.includes(secret), `${secret} in ${shown}`)
      }),
    )
  })

  it('is not shown in part where the body was cut within it', () => {
    for (let length = 1; length <= SECRET.length; length += 1) {
      assert.match(redacted(`it was ${SECRET.slice(0, length)}`, [SECRET, 'other'], true), /^it was (?:\[…\])?$/)
    }
    assert.equal(redacted('it was hunter', [SECRET], false), 'it was hunter')
  })

  it('is not shown in part where another one is a part of it', () => {
    assert.equal(redacted('x abcdef1234 abcdef y', ['abcdef1234', 'abcdef'], false), 'x […] […] y')
  })

  it('of many backslashes takes no time', () => {
    const secret = '\\'.repeat(60)
    assert.equal(redacted(`${'\\'.repeat(16_000)}x`, [`${secret}y`], false).length, 16_001)
  })
})

describe('a field of a secret name', () => {
  for (const [what, body, shown] of [
    ['JSON', '{"user":"a","password":"hunter2"}', '{"user":"a","password":"[…]"}'],
    ['JSON with spaces', '{ "password" : "hunter2" }', '{"password":"[…]"}'],
    ['JSON, deep', '{"a":[{"b":{"clientSecret":"hunter2"}}]}', '{"a":[{"b":{"clientSecret":"[…]"}}]}'],
    ['JSON whose value is an object', '{"token":{"value":"hunter2"}}', '{"token":"[…]"}'],
    ['JSON whose value is a list', '{"cookies":["hunter2"]}', '{"cookies":"[…]"}'],
    ['JSON whose value is a number', '{"pin":1234}', '{"pin":"[…]"}'],
    ['JSON whose value is nothing', '{"token":null,"password":false}', '{"token":null,"password":false}'],
    ['JSON with an escaped name', '{"pass\\u0077ord":"hunter2"}', '{"password":"[…]"}'],
    [
      'JSON in JSON',
      '{"sent":"{\\"api_key\\":\\"hunter2\\",\\"a\\":1}"}',
      '{"sent":"{\\"api_key\\":\\"[…]\\",\\"a\\":1}"}',
    ],
    ['a form in JSON', '{"sent":"user=a&access_key=hunter2&b=c"}', '{"sent":"user=a&access_key=[…]&b=c"}'],
    ['JSON that was cut', '{"a":1,"password":"hunter2","b":"c', '{"a":1,"password":"[…]","b":"c'],
    ['JSON that was cut within it', '{"a":1,"password":"hunt', '{"a":1,"password":"[…]'],
    ['JSON that was cut within an escape', '{"a":1,"password":"hun\\"t\\', '{"a":1,"password":"[…]'],
    ['JSON that was cut within an object', '{"a":1,"token":{"v":"hunter2","b":"c', '{"a":1,"token":[…]'],
    [
      'JSON that was cut within JSON in it',
      '{"a":"{\\"password\\":\\"hun\\\\\\"ter2\\",\\"b\\":1',
      '{"a":"{\\"password\\":\\"[…]\\",\\"b\\":1',
    ],
    ['JSON that was cut, with a quote in it', '{"password":"hun\\"ter2","b":"c', '{"password":"[…]","b":"c'],
    ['lines of JSON', '{"token":"hunter2"}\n{"token":"hunter3"}', '{"token":"[…]"}\n{"token":"[…]"}'],
    ['JavaScript', "{ password: 'hunter2', a: 1 }", "{ password: '[…]', a: 1 }"],
    ['PHP', "array('password' => 'hunter2')", "array('password' => '[…]')"],
    ['a form', 'user=a&password=hunter2&b=c', 'user=a&password=[…]&b=c'],
    ['a form with brackets', 'user[password]=hunter2&b=c', 'user[password]=[…]&b=c'],
    ['a form, encoded', 'a%3D1%26token%3Dhunter2', 'a%3D1%26token%3D[…]'],
    ['a text', 'The token: hunter2 is wrong', 'The token: […] is wrong'],
    ['a text with a name after a name', 'password: token: hunter2 is', 'password: […] is'],
    ['a text that begins with it', 'token=hunter2', 'token=[…]'],
    ['a form with a quote in it', "password=hun'ter2&b=c", 'password=[…]&b=c'],
    ['a text with an API key', 'your API key: hunter2', 'your API key: […]'],
    [
      'headers',
      'Host: a\nAuthorization: Bearer hunter2\nCookie: a=hunter2; b=hunter3\nB: c',
      'Host: a\nAuthorization: […]\nCookie: […]\nB: c',
    ],
    ['a token with its scheme', 'access_token=Bearer hunter2 b', 'access_token=[…] b'],
    ['XML', '<a><password>hunter two</password><b>c</b></a>', '<a><password>[…]</password><b>c</b></a>'],
    ['a URL with user and password', 'see https://user:hunter2@host/a', 'see https://[…]@host/a'],
    ['a set cookie', 'Set-Cookie: sid=hunter2; Path=/\nA: b', 'Set-Cookie: […]\nA: b'],
  ] as const) {
    it(`is not shown in ${what}`, () => {
      assert.equal(withoutSecretFields(body), shown)
    })
  }

  for (const name of [
    'password',
    'passwd',
    'pwd',
    'passphrase',
    'secret',
    'client_secret',
    'token',
    'accessToken',
    'refresh_token',
    'id-token',
    'authorization',
    'api_key',
    'apikey',
    'apiKey',
    'x-api-key',
    'access_key',
    'secretAccessKey',
    'private_key',
    'cookie',
    'set-cookie',
    'credentials',
    'session_id',
    'jwt',
    'PASSWORD',
    'newPassword',
    'user.password',
    'signature',
  ]) {
    it(`may be named ${name}`, () => {
      assert.equal(withoutSecretFields(JSON.stringify({ [name]: 'hunter2' })), JSON.stringify({ [name]: '[…]' }))
      assert.equal(withoutSecretFields(`a=b&${name}=hunter2`), `a=b&${name}=[…]`)
    })
  }

  for (const body of [
    '{"author":"hunter2","code":"invalid_token","message":"The token has expired","key":"a","id":1}',
    'the password is wrong',
    'passengers=2&author=me',
    '{"broken":"json"',
    'a plain text: with a colon',
    '',
  ]) {
    it(`is not in ${JSON.stringify(body)}, which stays as it is`, () => {
      assert.equal(withoutSecretFields(body), body)
    })
  }

  it('in what is nested too deep for JSON is not shown either', () => {
    const body = `${'['.repeat(8_000)}{"password":"hunter2"}${']'.repeat(8_000)}`
    assert.ok(!withoutSecretFields(body).includes('hunter2'))
  })

  it('in a long text without an end takes no time', () => {
    for (const part of [
      'a',
      '"',
      '\\',
      'password',
      'password=',
      '"password":"',
      '//',
      ' ',
      '<password>',
      'token: bearer ',
    ]) {
      assert.ok(withoutSecretFields(part.repeat(16_384 / part.length)).length <= 3 * 16_384)
    }
  })
})
