import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermanentError, UnknownError, UpstreamError } from '../../src/index.ts'
import { callers, givenOf, thrownBy, Told } from './call-callers.ts'

/** What `fetch` of Node throws for such a cause. */
const fetchFailed = (cause: Error): TypeError => new TypeError('fetch failed', { cause })
const because = (code: string, more: object = {}): Error => Object.assign(new Error(`${code} it is`), { code }, more)
const inVain = (code: string): Error => {
  const errors = [because(code, { syscall: 'connect' }), because('ENETUNREACH', { syscall: 'connect' })]
  return Object.assign(new AggregateError(errors), { code })
}

const neverSent: readonly (readonly [what: string, cause: Error])[] = [
  ...[
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_REVOKED',
    'CERT_UNTRUSTED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_UNSUPPORTED_PROTOCOL',
  ].map((code) => [code, because(code)] as const),
  ['ETIMEDOUT of connect', because('ETIMEDOUT', { syscall: 'connect' })],
  ['ECONNRESET of connect', because('ECONNRESET', { syscall: 'connect' })],
  ['EAI_FAIL of getaddrinfo', because('EAI_FAIL', { syscall: 'getaddrinfo' })],
  ['ETIMEDOUT of every address', inVain('ETIMEDOUT')],
  ['ECONNREFUSED of every address', inVain('ECONNREFUSED')],
]

const unanswered: readonly (readonly [what: string, cause: Error])[] = [
  ...[
    'ECONNRESET',
    'ETIMEDOUT',
    'EPIPE',
    'ECONNABORTED',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_DESTROYED',
  ].map((code) => [code, because(code, { syscall: 'read' })] as const),
  ['HPE_INVALID_CONSTANT', because('HPE_INVALID_CONSTANT')],
  ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', because('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC')],
  ['a text without a code', new Error('unexpected redirect')],
]

for (const { name, make } of callers) {
  const thrownFor = async (thrown: unknown, method: string): Promise<readonly [Error, Told]> => {
    const told = new Told()
    const fetch = async (): Promise<never> => {
      throw thrown
    }
    return [await thrownBy(make(told, { fetch })('http://api/a', { method })), told]
  }

  describe(`${name}, where the network`, () => {
    for (const [what, cause] of neverSent) {
      it(`fails by ${what}, takes the call as never sent`, async () => {
        for (const method of ['GET', 'POST']) {
          const [error, told] = await thrownFor(fetchFailed(cause), method)
          assert.ok(error instanceof UpstreamError)
          assert.match(error.message, new RegExp(`^${method} http://api/a could not be sent \\([A-Z0-9_]+\\)$`))
          assert.equal(error.cause, cause)
          assert.deepEqual(told.all, [error])
        }
      })
    }

    for (const [what, cause] of unanswered) {
      it(`fails by ${what}, takes the outcome of a POST as unknown`, async () => {
        const [got, toldOfGet] = await thrownFor(fetchFailed(cause), 'GET')
        assert.ok(got instanceof UpstreamError)
        assert.match(got.message, /^GET http:\/\/api\/a got no answer/)
        assert.equal(got.cause, cause)
        assert.deepEqual(toldOfGet.all, [got])
        const [posted, toldOfPost] = await thrownFor(fetchFailed(cause), 'POST')
        assert.ok(posted instanceof UnknownError)
        assert.deepEqual([toldOfPost.all, posted.cause], [[posted.cause], toldOfPost.all[0]])
      })
    }

    for (const message of ['bad port', 'unknown scheme', 'invalid scheme']) {
      it(`is not asked at all (${message}), blames nobody but who called`, async () => {
        for (const method of ['GET', 'POST']) {
          const [error, told] = await thrownFor(fetchFailed(new Error(message)), method)
          assert.ok(error instanceof TypeError)
          assert.equal(error.message, `${method} http://api/a could not be made: Error: ${message}`)
          assert.deepEqual(told.words, [])
        }
      })
    }

    it('is not what failed, passes on what was thrown', async () => {
      for (const thrown of [new PermanentError('no'), new UpstreamError('down'), new RangeError('mine')]) {
        const [error, told] = await thrownFor(thrown, 'POST')
        assert.equal(error, thrown)
        assert.deepEqual(told.words, [])
      }
    })

    it('fails with the address in its text, leaves the query out', async () => {
      const told = new Told()
      const fetch = async (): Promise<never> => {
        throw fetchFailed(new Error('request to http://u:pass@api/a?key=hunter2hunter2 failed, with hunter2hunter2'))
      }
      const error = await thrownBy(make(told, { fetch })('http://api/a?key=hunter2hunter2'))
      assert.equal((error.cause as Error).message, 'Error: request to http://api/a failed, with […]')
      assert.equal(givenOf(error).url, 'http://api/a')
    })
  })
}
