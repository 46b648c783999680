import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { startProgram } from '../../shared/test/program.ts'
import { until } from '../../shared/test/until.ts'
import { fakeGateway } from '../gateway/fake.ts'
import { settingsIn } from '../settings.ts'
import { aDatabase } from './shelf.ts'

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
const MAIN = new URL('../main.ts', import.meta.url)

interface Example {
  readonly command: string
  readonly expected: string
}

const examples: readonly Example[] = [...README.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) =>
  [...block.matchAll(/^(curl .*)\n# (.*)$/gm)].map(([, command = '', expected = '']) => ({ command, expected })),
)

const run = async (command: string): Promise<string> => (await promisify(execFile)('sh', ['-c', command])).stdout

/** The lines of a table whose first column is code. */
const rowsOf = (heading: string): readonly (readonly string[])[] => {
  const [, section = ''] = README.split(`\n## ${heading}\n`)
  const [table = ''] = section.split('\n## ')
  return [...table.matchAll(/^\| `(\w+)` +\| (.*?) +\|/gm)].map(([, ...columns]) => columns)
}

describe('the README of the books', { timeout: 60_000 }, () => {
  it('shows commands and what they answer', async () => {
    using database = aDatabase()
    await using service = await startProgram(MAIN, { DATABASE: database.path })
    assert.ok(examples.length > 10)
    assert.equal(examples.length, README.match(/^curl /gm)?.length)
    const { host } = new URL(service.url)
    for (const { command, expected } of examples) {
      const here = command.replace('localhost:8080', host)
      // Reading is repeated: a publisher comes a moment later.
      if (/--json|-X/.test(command)) assert.equal(await run(here), expected, command)
      else await until(async () => (await run(here)) === expected)
    }
  })

  it('shows what is printed where the gateway fails', async () => {
    const [, shown = ''] = /^(Error: the fake gateway .*\n {4}at .*)$/m.exec(README) ?? []
    const stack = await fakeGateway()
      .publishersOf('9780000000002', { signal: new AbortController().signal })
      .catch((error: unknown) => (error instanceof Error ? error.stack : undefined))
    const [message, place = ''] = String(stack).split('\n')
    assert.equal(shown, `${message}\n${place.replace(/file:.*(?=\/examples\/)/, 'file:///…')}`)
  })

  it('lists the ISBNs of the fake gateway', async () => {
    const { signal } = new AbortController()
    const rows = rowsOf('The gateway')
    const said = rows.map(async ([isbn = '']) => {
      const publishers = await fakeGateway()
        .publishersOf(isbn, { signal })
        .catch(() => undefined)
      if (publishers === undefined) return 'it fails'
      return publishers.length === 0 ? 'no publisher' : publishers.join(', ')
    })
    assert.deepEqual(
      rows.map(([, says]) => says),
      await Promise.all(said),
    )
    assert.equal(rows.filter(([, says]) => says !== 'no publisher').length, 5)
  })

  it('lists the defaults of the settings', () => {
    const { port, database, callTimeoutMs } = settingsIn({})
    const defaults = new Map(rowsOf('Settings').map(([name, value]) => [name, value]))
    assert.equal(defaults.get('PORT'), String(port))
    assert.equal(defaults.get('DATABASE'), `\`${database}\``)
    assert.equal(defaults.get('CALL_TIMEOUT_MS'), callTimeoutMs.toLocaleString('en'))
    assert.equal(defaults.size, 5)
  })
})
