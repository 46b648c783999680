import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'

const EXAMPLE = join(import.meta.dirname, '..')

/** All files of the example that this one is made of, itself among them. */
function filesOf(start: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(start)) return seen
  seen.add(start)
  const imports = readFileSync(join(EXAMPLE, start), 'utf8').matchAll(/\bfrom '(\.[^']+)'|\bimport\(?\s*'(\.[^']+)'/g)
  for (const [, from, imported] of imports) {
    const file = relative(EXAMPLE, join(EXAMPLE, dirname(start), (from ?? imported) as string))
    if (!file.startsWith('..')) filesOf(file, seen)
  }
  return seen
}

const gatewayFilesOf = (start: string): readonly string[] =>
  [...filesOf(start)].filter((file) => file.startsWith('gateway/'))

describe('the controller', () => {
  it('is made of no file of the gateway', () => {
    assert.ok(filesOf('app.ts').has('controller.ts'))
    assert.ok(filesOf('controller.ts').has('isbn-updated.ts'))
    assert.deepEqual(gatewayFilesOf('app.ts'), [])
  })
})

describe('the consumer', () => {
  it('is made of the gateway', () => {
    assert.deepEqual(gatewayFilesOf('find-publisher.ts'), ['gateway/gateway.ts'])
  })
})
