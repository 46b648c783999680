import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callOf, parseLine } from './trace-line.ts'

const hex = (text: string): string =>
  Buffer.from(text)
    .toString('hex')
    .replaceAll(/../g, (byte) => String.raw`\x${byte}`)
const PATH = hex('/a b/ä.db')

describe('a line of a trace', () => {
  it('tells of a whole call', () => {
    assert.deepEqual(parseLine('12 fsync(5<\\x2f>) = 0'), {
      thread: '12',
      tells: 'both',
      name: 'fsync',
      args: '5<\\x2f>',
      returned: 0,
    })
  })

  it('tells of a begin and of an end, where another thread did something in between', () => {
    assert.deepEqual(parseLine('12 fsync(5<\\x2f> <unfinished ...>'), {
      thread: '12',
      tells: 'begin',
      name: 'fsync',
      args: '5<\\x2f>',
      returned: undefined,
    })
    const end = { thread: '12', tells: 'end', name: 'fsync', args: '' }
    assert.deepEqual(parseLine('12 <... fsync resumed>) = 0'), { ...end, returned: 0 })
    assert.deepEqual(parseLine('12 <... fsync resumed>)    = -1 EIO (Input/output error)'), { ...end, returned: -1 })
  })

  it('tells of a call that never ended', () => {
    assert.equal(parseLine('12 fsync(5<\\x2f>) = ?')?.returned, undefined)
    assert.equal(parseLine('12 <... fsync resumed>) = ?')?.returned, undefined)
  })

  it('tells of no call where it is about a signal or the end of a process', () => {
    assert.equal(parseLine('12 +++ exited with 0 +++'), undefined)
    assert.equal(parseLine('12 --- SIGCHLD {si_signo=SIGCHLD} ---'), undefined)
    assert.equal(parseLine(''), undefined)
  })
})

describe('a traced call', () => {
  it('is a write of bytes at a place', () => {
    const call = callOf('pwrite64', `5<${PATH}>, "${hex('a")>\n')}", 5, 4096`)
    assert.deepEqual(call, { kind: 'write', path: '/a b/ä.db', at: 4096, bytes: Buffer.from('a")>\n') })
  })

  it('is refused where bytes of it were left out', () => {
    assert.throws(() => callOf('pwrite64', `5<${PATH}>, "${hex('a')}"..., 5, 0`), /left bytes out/)
  })

  it('cuts a file, or brings it onto the disk', () => {
    assert.deepEqual(callOf('ftruncate', `5<${PATH}>, 100`), { kind: 'truncate', path: '/a b/ä.db', size: 100 })
    for (const by of ['fsync', 'fdatasync'] as const) {
      assert.deepEqual(callOf(by, `5<${PATH}>`), { kind: 'sync', path: '/a b/ä.db', by })
    }
  })

  it('makes a file or deletes it', () => {
    const open = `AT_FDCWD<${hex('/')}>, "${PATH}", O_RDWR|O_CREAT|O_CLOEXEC, 0600`
    assert.deepEqual(callOf('openat', open), { kind: 'create', path: '/a b/ä.db' })
    assert.equal(callOf('openat', open.replace('|O_CREAT', '')), undefined)
    assert.deepEqual(callOf('unlink', `"${PATH}"`), { kind: 'delete', path: '/a b/ä.db' })
    assert.deepEqual(callOf('unlinkat', `AT_FDCWD<${hex('/')}>, "${PATH}", 0`), { kind: 'delete', path: '/a b/ä.db' })
  })

  it('does nothing where the file was deleted', () => {
    assert.equal(callOf('pwrite64', `5<${PATH}>(deleted), "${hex('a')}", 1, 0`), undefined)
    assert.equal(callOf('fsync', `5<${PATH}>(deleted)`), undefined)
  })
})
