import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../src/testing/index.ts'
import { type Luck, SECTOR_BYTES, SimulatedFile } from './simulated-file.ts'

const NONE: Luck = { none: 1, all: 0 }
const ALL: Luck = { none: 0, all: 1 }
const ANY: Luck = { none: 0, all: 0 }
const random = seededRandom(1)

const sectors = (text: string): Buffer => Buffer.from(text.replaceAll(/./g, (letter) => letter.repeat(SECTOR_BYTES)))
const lettersOf = (bytes: Buffer): string =>
  Array.from({ length: bytes.length / SECTOR_BYTES }, (_, sector) =>
    String.fromCharCode(bytes[sector * SECTOR_BYTES] ?? 0).replace('\0', '-'),
  ).join('')

function write(file: SimulatedFile, text: string, atSector = 0): void {
  file.change({ at: atSector * SECTOR_BYTES, bytes: sectors(text) })()
}

function sync(file: SimulatedFile): void {
  file.syncEnded(file.syncBegins())
}

/** All that is found in many crashes. */
const found = (file: SimulatedFile): ReadonlySet<string> =>
  new Set(Array.from({ length: 500 }, () => lettersOf(file.afterCrash(random, ANY))))

describe('a file on a disk that loses its power', () => {
  it('is empty where nothing was synced and nothing came there by itself', () => {
    const file = new SimulatedFile()
    write(file, 'ab')
    assert.equal(lettersOf(file.afterCrash(random, NONE)), '')
    assert.equal(lettersOf(file.afterCrash(random, ALL)), 'ab')
  })

  it('has what was written before a sync that has ended', () => {
    const file = new SimulatedFile()
    write(file, 'abc')
    sync(file)
    assert.deepEqual(found(file), new Set(['abc']))
  })

  it('has any of the sectors written since, and each as it was at some moment', () => {
    const file = new SimulatedFile()
    write(file, 'ab')
    sync(file)
    write(file, 'cd')
    write(file, 'e')
    assert.deepEqual(found(file), new Set(['ab', 'cb', 'eb', 'ad', 'cd', 'ed']))
  })

  it('may be any size that it was, with zeros where nothing came', () => {
    const file = new SimulatedFile()
    write(file, 'a')
    sync(file)
    write(file, 'b', 2)
    assert.deepEqual(found(file), new Set(['a', 'a--', 'a-b']))
  })

  it('may be cut or not, and what grows again after a cut does not bring the old back for certain', () => {
    const file = new SimulatedFile()
    write(file, 'ab')
    sync(file)
    file.change({ size: SECTOR_BYTES })()
    assert.deepEqual(found(file), new Set(['a', 'ab', 'a-']))
    write(file, 'c', 1)
    assert.deepEqual(found(file), new Set(['a', 'ab', 'a-', 'ac']))
    sync(file)
    assert.deepEqual(found(file), new Set(['ac']))
  })

  it('has nothing for certain that was written while the sync ran', () => {
    const file = new SimulatedFile()
    const end = file.change({ at: 0, bytes: sectors('a') })
    const covered = file.syncBegins()
    end()
    write(file, 'b', 1)
    file.syncEnded(covered)
    assert.equal(lettersOf(file.afterCrash(random, NONE)), '')
    sync(file)
    assert.equal(lettersOf(file.afterCrash(random, NONE)), 'ab')
  })

  it('has both parts of a sector that was written in two', () => {
    const file = new SimulatedFile()
    file.change({ at: 0, bytes: Buffer.from('ab') })()
    file.change({ at: 2, bytes: Buffer.from('cd') })()
    assert.equal(file.afterCrash(random, ALL).toString(), 'abcd')
    sync(file)
    assert.equal(file.afterCrash(random, NONE).toString(), 'abcd')
  })
})
