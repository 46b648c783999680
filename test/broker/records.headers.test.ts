import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ownHeaders } from '../../src/broker/own-headers.ts'
import { refusal, written } from './written.ts'

describe('headers', () => {
  const refused = (headers: unknown): string => {
    const { code, message } = refusal({ payload: 1, headers })
    assert.equal(code, 'invalid_option')
    return message
  }
  const numbered = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`h${n}`, '']))

  it('are an object of texts', () => {
    for (const headers of [null, [], ['a'], 'a', new Map([['a', 'b']]), 7]) {
      assert.match(refused(headers), /^the headers of records\[1\] must be a plain object of texts, got/)
    }
    for (const value of [1, null, undefined, ['a'], Buffer.from('a'), '\udc00']) {
      assert.match(refused({ ok: 'a', bad: value }), /must be well-formed texts, got .* as bad$/)
    }
  })

  it('have names of 1 to 100 well-formed characters', () => {
    written({ payload: 1, headers: { ['n'.repeat(100)]: 'v' } })
    for (const name of ['', 'n'.repeat(101), '\ud800', '__proto__']) {
      const headers = Object.defineProperty({}, name, { value: 'v', enumerable: true })
      assert.match(refused(headers), /must have names of 1 to 100 well-formed characters/)
    }
  })

  it('are at most 100', () => {
    written({ payload: 1, headers: numbered(100) })
    assert.match(refused(numbered(101)), /must be at most 100, got more$/)
  })

  for (const unit of ['x', '€']) {
    it(`have at most 65,536 bytes together, names among them, made of ${unit}`, () => {
      const [unitBytes, room] = [Buffer.byteLength(unit), 65_536 - 4]
      const most = unit.repeat(Math.floor(room / unitBytes)) + 'x'.repeat(room % unitBytes)
      written({ payload: 1, headers: { ab: most, cd: '' } })
      assert.match(refused({ ab: most, cd: 'x' }), /must have at most 65536 bytes together, got 65537$/)
    })
  }

  it('of the library are not the caller’s to write', () => {
    assert.match(
      refused({ 'willcall-id': '1' }),
      /must have names that do not begin with willcall-, got "willcall-id"$/,
    )
    written({ payload: 1, headers: { willcall: '1', 'x-willcall-id': '1' } })
  })

  it('of the library are written by itself, beside as many as a record can have', () => {
    const headers = ownHeaders({ ...numbered(100), 'willcall-id': '1', 'willcall-error': 'x'.repeat(65_536) })
    assert.equal(written({ payload: 1, headers }).headers, JSON.stringify(headers))
    assert.match(refused({ ...headers }), /do not begin with willcall-/)
    assert.match(refused(ownHeaders({ ...numbered(101), 'willcall-id': '1' })), /must be at most 100/)
  })
})
