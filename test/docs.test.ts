import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { MAX_PARTITIONS } from '../src/broker/local/keys.ts'
import { MAX_ABOVE_BYTES } from '../src/broker/membership.ts'
import { MAX_HEADER_BYTES, MAX_HEADER_NAME, MAX_HEADERS } from '../src/broker/written-headers.ts'
import { MAX_CALL_BYTES, MAX_KEY, MAX_RECORDS } from '../src/broker/written-records.ts'
import { MAX_PAYLOAD_BYTES, MAX_PAYLOAD_DEPTH } from '../src/core/payload.ts'
import { brokerCases } from '../src/testing/broker-cases.ts'
import { blocksIn, installed, root } from './installed.ts'

const shown = join(root, 'examples/docs')
const programs = readdirSync(shown)
const guide = readFileSync(join(root, 'docs/topics.md'), 'utf8')

describe('docs/topics.md', () => {
  let user: ReturnType<typeof installed>
  before(() => {
    user = installed(shown)
  })
  after(() => user[Symbol.dispose]())

  it('shows the programs of examples/docs, and no others', () => {
    const code = programs.map((name) => readFileSync(join(shown, name), 'utf8'))
    assert.deepEqual([...blocksIn(guide, 'ts')].sort(), code.sort())
  })

  for (const [at, code] of blocksIn(guide, 'ts').entries()) {
    const name = programs.find((program) => readFileSync(join(shown, program), 'utf8') === code) ?? ''
    it(`shows what ${name} prints`, () => {
      // Each has files of its own.
      const run = `process.chdir(fs.mkdtempSync('run-')); await import(${JSON.stringify(join(user.path, name))})`
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', `import fs from 'node:fs'; ${run}`], {
        cwd: user.path,
        encoding: 'utf8',
      })
      assert.equal(output, blocksIn(guide, 'text')[at])
    })
  }

  it('names the limits that the code has', () => {
    const text = (number: number): string => number.toLocaleString('en')
    const mebibytes = (bytes: number): string => `${bytes / 2 ** 20} MiB`
    const limits = {
      payload: `${mebibytes(MAX_PAYLOAD_BYTES)} of JSON, ${MAX_PAYLOAD_DEPTH} levels`,
      key: `${text(MAX_KEY)} characters`,
      headers: `${MAX_HEADERS}, names of ${MAX_HEADER_NAME} characters, ${text(MAX_HEADER_BYTES)} bytes`,
      'records of one call': `${text(MAX_RECORDS)}, ${mebibytes(MAX_CALL_BYTES)}`,
      'partitions of a file': `${text(MAX_PARTITIONS / 2)}, and as many of dead records`,
      'records of a partition failed or in work': `about 160: what ${text(MAX_ABOVE_BYTES)} bytes of progress can tell`,
    }
    for (const [what, most] of Object.entries(limits)) {
      const [, row] =
        guide
          .split('\n')
          .find((line) => line.startsWith(`| ${what} `))
          ?.split('|')
          .slice(1) ?? []
      assert.equal(row?.trim(), most, what)
    }
  })

  it('names cases that there are', () => {
    const [, held = ''] = guide.split('### Where this is held')
    const [, , ...rows] = held.split('\n').filter((line) => line.startsWith('|'))
    const there = new Set(brokerCases.map(({ name }) => name))
    assert.ok(rows.length > 0)
    for (const row of rows) assert.ok(there.has(row.split('|')[2]?.trim() ?? ''), row)
  })

  it('has no link to a file that is not there', () => {
    const links = [...guide.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? '')
    assert.ok(links.length > 0)
    for (const link of links) assert.ok(existsSync(join(root, 'docs', link)), link)
  })
})
