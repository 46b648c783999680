import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settingsIn } from '../settings.ts'

describe('the settings of the books', () => {
  it('have defaults, and an empty one is none', () => {
    const none = {
      port: 8_080,
      database: 'books.db',
      openLibraryAddr: undefined,
      callTimeoutMs: 10_000,
      retryGateway: false,
    }
    assert.deepEqual(settingsIn({}), none)
    const empty = { PORT: '', DATABASE: ' ', OPENLIBRARY_ADDR: '', CALL_TIMEOUT_MS: '', RETRY_GATEWAY: ' ' }
    assert.deepEqual(settingsIn(empty), none)
  })

  it('come from the environment', () => {
    const env = {
      PORT: '0',
      DATABASE: '../my books.db',
      OPENLIBRARY_ADDR: 'https://openlibrary.org',
      CALL_TIMEOUT_MS: '50000',
      RETRY_GATEWAY: '1',
    }
    assert.deepEqual(settingsIn(env), {
      port: 0,
      database: '../my books.db',
      openLibraryAddr: 'https://openlibrary.org',
      callTimeoutMs: 50_000,
      retryGateway: true,
    })
  })

  for (const [env, message] of [
    [{ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535, got 70000'],
    [{ OPENLIBRARY_ADDR: 'openlibrary.org' }, 'OPENLIBRARY_ADDR must be an http or https URL, got "openlibrary.org"'],
    [{ CALL_TIMEOUT_MS: '50001' }, 'CALL_TIMEOUT_MS must be a whole number from 1 to 50000, got 50001'],
    [{ RETRY_GATEWAY: 'yes' }, 'RETRY_GATEWAY must be a number, got "yes"'],
    [{ RETRY_GATEWAY: '2' }, 'RETRY_GATEWAY must be a whole number from 0 to 1, got 2'],
  ] as const) {
    it(`are refused where they are ${JSON.stringify(env)}`, () => {
      assert.throws(() => settingsIn(env), { message })
    })
  }
})
