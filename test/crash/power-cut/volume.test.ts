import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isMounted } from './volume.ts'

const MOUNTS = `proc /proc proc rw 0 0
/dev/loop0 /tmp/a\\040b ext4 rw,relatime 0 0
`

describe('a list of mounts', () => {
  it('tells whether something is mounted at a folder, whatever its path is', () => {
    assert.ok(isMounted(MOUNTS, '/tmp/a b'))
    assert.ok(isMounted(MOUNTS, '/proc'))
    assert.ok(!isMounted(MOUNTS, '/tmp/a'))
    assert.ok(!isMounted('', '/tmp/a b'))
  })
})
