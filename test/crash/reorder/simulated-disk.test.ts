import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../src/testing/index.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import type { DiskCall } from './trace-line.ts'

const random = seededRandom(1)

function did(disk: SimulatedDisk, ...calls: readonly DiskCall[]): void {
  for (const call of calls) {
    disk.take({ call, is: 'begin' })
    disk.take({ call, is: 'end' })
  }
}

const create = (path: string): DiskCall => ({ kind: 'create', path })
const remove = (path: string): DiskCall => ({ kind: 'delete', path })
const write = (path: string, text: string): DiskCall => ({ kind: 'write', path, at: 0, bytes: Buffer.from(text) })
const fsync = (path: string): DiskCall => ({ kind: 'sync', path, by: 'fsync' })

/** Every state that is found in many crashes. */
const found = (disk: SimulatedDisk): ReadonlySet<string> =>
  new Set(
    Array.from({ length: 200 }, () =>
      [...disk.afterCrash(random)].map(([name, bytes]) => `${name}=${String(bytes)}`).join(' '),
    ),
  )

describe('a disk that loses its power', () => {
  it('has a file for certain once its folder was synced, and its bytes once it was', () => {
    const disk = new SimulatedDisk('/d')
    did(disk, create('/d/a'), write('/d/a', 'x'), fsync('/d/a'))
    assert.deepEqual(found(disk), new Set(['', 'a=x']))
    did(disk, fsync('/d'))
    assert.deepEqual(found(disk), new Set(['a=x']))
  })

  it('takes names away in the order in which it was told to', () => {
    const disk = new SimulatedDisk('/d')
    did(disk, create('/d/a'), create('/d/b'), fsync('/d'), remove('/d/a'), remove('/d/b'))
    assert.deepEqual(found(disk), new Set(['a= b=', 'b=', '']))
  })

  it('has the old file or the new one where one was deleted and made again', () => {
    const disk = new SimulatedDisk('/d')
    did(disk, create('/d/a'), write('/d/a', 'old'), fsync('/d/a'), fsync('/d'))
    did(disk, remove('/d/a'), create('/d/a'), write('/d/a', 'new'), fsync('/d/a'))
    assert.deepEqual(found(disk), new Set(['a=old', '', 'a=new']))
    did(disk, fsync('/d'))
    assert.deepEqual(found(disk), new Set(['a=new']))
  })

  it('keeps a file that is opened again', () => {
    const disk = new SimulatedDisk('/d')
    did(disk, create('/d/a'), write('/d/a', 'x'), create('/d/a'), fsync('/d/a'), fsync('/d'))
    assert.deepEqual(found(disk), new Set(['a=x']))
  })

  it('does nothing at a sync that it ignores', () => {
    const disk = new SimulatedDisk('/d', (path, by) => path === '/d/a' && by === 'fsync')
    did(disk, create('/d/a'), fsync('/d'), write('/d/a', 'x'), fsync('/d/a'))
    assert.deepEqual(found(disk), new Set(['a=', 'a=\0', 'a=x']))
    did(disk, { kind: 'sync', path: '/d/a', by: 'fdatasync' })
    assert.deepEqual(found(disk), new Set(['a=x']))
  })

  it('does nothing at a sync that has not ended', () => {
    const disk = new SimulatedDisk('/d')
    did(disk, create('/d/a'), fsync('/d'), write('/d/a', 'x'))
    disk.take({ call: fsync('/d/a'), is: 'begin' })
    assert.deepEqual(found(disk), new Set(['a=', 'a=\0', 'a=x']))
  })

  it('refuses a write to a file that nobody made', () => {
    assert.throws(() => did(new SimulatedDisk('/d'), write('/d/a', 'x')), /who made/)
  })
})
