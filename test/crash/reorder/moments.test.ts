import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Moments } from './moments.ts'
import type { DiskCall } from './trace-line.ts'

const A = String.raw`5<\x2f\x61>`
const B = String.raw`6<\x2f\x62>`

function momentsOf(lines: readonly string[], isSeen: (call: DiskCall) => boolean = () => true): readonly string[] {
  const moments = new Moments(isSeen)
  for (const line of lines) moments.take(line)
  return moments.all.map(({ call, is }) => `${is} ${call.kind} ${call.path}`)
}

describe('the moments of a trace', () => {
  it('are the begin and the end of each call, with what other threads did in between', () => {
    const lines = [`1 fsync(${A} <unfinished ...>`, `2 ftruncate(${B}, 0) = 0`, `1 <... fsync resumed>) = 0`]
    assert.deepEqual(momentsOf(lines), ['begin sync /a', 'begin truncate /b', 'end truncate /b', 'end sync /a'])
  })

  it('have no end for a call that failed, and none for one that never ended', () => {
    assert.deepEqual(momentsOf([`1 fsync(${A}) = -1 EIO (Input/output error)`]), ['begin sync /a'])
    assert.deepEqual(momentsOf([`1 fsync(${A} <unfinished ...>`, '1 <... fsync resumed>) = ?']), ['begin sync /a'])
    assert.deepEqual(momentsOf([`1 fsync(${A} <unfinished ...>`, '1 +++ killed by SIGKILL +++']), ['begin sync /a'])
  })

  it('leave out the calls that nobody looks at', () => {
    const lines = [`1 fsync(${A} <unfinished ...>`, `2 fsync(${B}) = 0`, `1 <... fsync resumed>) = 0`]
    assert.deepEqual(
      momentsOf(lines, ({ path }) => path === '/b'),
      ['begin sync /b', 'end sync /b'],
    )
  })

  it('know a write that wrote less than it should', () => {
    assert.throws(() => momentsOf([String.raw`1 pwrite64(${A}, "\x61\x62", 2, 0) = 1`]), /1 of 2 bytes/)
  })
})
