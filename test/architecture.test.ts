import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { versions } from 'node:process'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'

const MAX_LINES = 300

/** A folder imports only lower ranks and itself. */
const RANKS: Readonly<Record<string, number>> = {
  core: 0,
  channel: 1,
  attempt: 1,
  upstream: 1,
  kafka: 1,
  store: 2,
  worker: 3,
  broker: 3,
  outbox: 4,
  events: 5,
  machine: 5,
  express: 6,
  cli: 6,
  telemetry: 6,
}
/** `src/index.ts` and `testing` take what they like; nobody takes anything from them. */
const TOP = 7

/** The text of each file, by its path from the root, with `/` between folders. */
type Files = ReadonlyMap<string, string>

const root = path.join(import.meta.dirname, '..')
const SOURCES = '{src,test,bench,examples}/**/*.ts'
const posix = (file: string): string => file.split(path.sep).join('/')
const files: Files = new Map(
  globSync(SOURCES, { cwd: root, exclude: ['**/node_modules/**'] })
    .map(posix)
    .sort()
    .map((file) => [file, readFileSync(path.join(root, file), 'utf8')]),
)
const source: Files = new Map([...files].filter(([file]) => file.startsWith('src/')))

/** Comments are left out where no quotation mark comes before them on their line, so that `'https://…'` stays. */
const withoutComments = (text: string): string =>
  text.replace(/^([^\n'"`]*?)\/\*[^]*?\*\//gm, '$1').replace(/^([^\n'"`]*?)\/\/.*$/gm, '$1')

const STATIC = /^\s*(?:import|export)\b(?:\s+type\b)?[\s\w{},*$]*?\bfrom\s*(['"])(.+?)\1/gm
const BARE = /^\s*import\s*(['"])(.+?)\1/gm
const DYNAMIC = /\bimport\s*\(\s*(['"`])(.+?)\1/g

/** What a file imports, types included, in any way of saying so. */
function importsOf(text: string): readonly string[] {
  const code = withoutComments(text)
  return [STATIC, BARE, DYNAMIC].flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[2] as string))
}

/** The files that `file` imports; packages are not among them. */
const neighbours = (file: string, text: string): readonly string[] =>
  importsOf(text)
    .filter((name) => name.startsWith('.'))
    .map((name) => path.posix.join(path.posix.dirname(file), name))

function folderOf(file: string): string {
  const [, folder, rest] = file.split('/')
  return rest === undefined ? '.' : (folder as string)
}

const rankOf = (folder: string): number | undefined =>
  folder === '.' || folder === 'testing' ? TOP : Object.hasOwn(RANKS, folder) ? RANKS[folder] : undefined

function wrongImports(of: Files): readonly string[] {
  const wrong: string[] = []
  for (const [file, text] of of) {
    const folder = folderOf(file)
    const rank = rankOf(folder)
    if (rank === undefined) wrong.push(`${file} is in a folder without a rank`)
    for (const target of neighbours(file, text)) {
      const other = folderOf(target)
      if (!target.startsWith('src/')) wrong.push(`${file} imports ${target}, outside of src`)
      else if (folder !== other && (rankOf(other) ?? TOP) >= (rank ?? 0)) wrong.push(`${file} imports ${target}`)
    }
  }
  return wrong
}

/** Each cycle once, as `a > b > a`. */
function cycles(of: Files): readonly string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]): void => {
    const from = trail.indexOf(file)
    if (from >= 0) found.push([...trail.slice(from), file].join(' > '))
    if (from >= 0 || done.has(file)) return
    for (const next of neighbours(file, of.get(file) ?? '')) visit(next, [...trail, file])
    done.add(file)
  }
  for (const file of of.keys()) visit(file, [])
  return found
}

const lines = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
const longFiles = (of: Files): readonly string[] =>
  [...of].filter(([, text]) => lines(text) > MAX_LINES).map(([file, text]) => `${file} has ${lines(text)} lines`)

const REEXPORT = /^\s*export\b(?:\s+type\b)?\s*(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s*from\s*(['"]).+?\1;?[ \t]*$/gm
const isIndex = (file: string): boolean => /^src\/(?:[^/]+\/)?index\.ts$/.test(file)
const moreThanReexports = (of: Files): readonly string[] =>
  [...of]
    .filter(([file, text]) => isIndex(file) && withoutComments(text).replace(REEXPORT, '').trim() !== '')
    .map(([file]) => file)

/** Each file of `dist` that package.json names, as the file of `src` that it is built from. */
function entriesOf(exported: unknown): readonly string[] {
  if (typeof exported === 'object' && exported !== null) return Object.values(exported).flatMap(entriesOf)
  const name = String(exported)
  return name.startsWith('./dist/') ? [name.replace(/^\.\/dist\//, 'src/').replace(/(?:\.d)?\.[jt]s$/, '.ts')] : []
}

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly exports: object
  readonly bin?: unknown
}

const house = (...rooms: readonly (readonly [string, string])[]): Files => new Map(rooms)

describe('the house', () => {
  it('a folder imports only lower ranks and itself, and every folder has a rank', () => {
    assert.ok(source.size > 0)
    assert.deepEqual(wrongImports(source), [])
  })

  it('no import cycle runs through files, types included', () => {
    assert.deepEqual(cycles(files), [])
  })

  it(`no file has more than ${MAX_LINES} lines`, () => {
    assert.deepEqual(longFiles(files), [])
  })

  it('an index has re-exports only', () => {
    assert.ok(source.has('src/index.ts'))
    assert.deepEqual(moreThanReexports(source), [])
  })

  it('every entry of the package is built from a file of src', () => {
    const entries = [...entriesOf(manifest.exports), ...entriesOf(manifest.bin)]
    assert.ok(entries.includes('src/index.ts'))
    assert.deepEqual(
      entries.filter((entry) => !source.has(entry)),
      [],
    )
  })

  it('every file of src can be loaded, but for the program of a thread', async () => {
    const loaded = [...source.keys()].filter((file) => !file.endsWith('-thread.ts'))
    for (const file of loaded) assert.ok(await import(pathToFileURL(path.join(root, file)).href))
  })

  it('the tests run on Node 24', () => {
    assert.equal(versions.node.split('.')[0], '24')
  })
})

describe('what holds the house', () => {
  it('sees an import in every way of saying so', () => {
    const text = `
import a from './a.ts'
import type { B } from "./b.ts"
import {
  c,
  type D,
} from './c.ts'
import * as d from './d.ts'
import './e.ts'
export { f } from './f.ts'
export type { G } from './g.ts'
export * from './h.ts'
const i = await import('./i.ts')
type J = import('./j.ts').J
import k, { type K } from './k.ts'`
    assert.deepEqual(
      [...importsOf(text)].sort(),
      'abcdefghijk'.split('').map((name) => `./${name}.ts`),
    )
  })

  it('sees no import in a comment, nor in what only looks like one', () => {
    const text = `
// import a from './a.ts'
/* import b from './b.ts' */
/**
 * import c from './c.ts'
 */
export const from = './d.ts'
const e = "import './e.ts'"
export const url = 'http://f' // import './f.ts'
`
    assert.deepEqual(importsOf(text), [])
  })

  for (const [what, file, target] of [
    ['a higher rank', 'src/core/a.ts', '../channel/b.ts'],
    ['a folder of the same rank', 'src/channel/a.ts', '../attempt/b.ts'],
    ['the testing folder', 'src/express/a.ts', '../testing/b.ts'],
    ['the testing folder from the public surface', 'src/index.ts', './testing/b.ts'],
    ['the public surface', 'src/worker/a.ts', '../index.ts'],
    ['what is not in src', 'src/worker/a.ts', '../../test/b.ts'],
    ['a folder that nobody knows', 'src/worker/a.ts', '../constructor/b.ts'],
  ] as const) {
    it(`refuses an import from ${what}`, () => {
      assert.equal(wrongImports(house([file, `import type { B } from '${target}'`])).length, 1)
    })
  }

  it('refuses a folder without a rank', () => {
    assert.deepEqual(wrongImports(house(['src/helpers/a.ts', ''])), ['src/helpers/a.ts is in a folder without a rank'])
  })

  it('takes an import from a lower rank, from the same folder, and from another package', () => {
    const text = `import '../core/b.ts'\nimport './c.ts'\nimport 'express'`
    assert.deepEqual(wrongImports(house(['src/channel/a.ts', text])), [])
  })

  it('finds a cycle of types, one through three files, and a file that imports itself', () => {
    const found = cycles(
      house(
        ['src/a.ts', `import type { B } from './b.ts'`],
        ['src/b.ts', `export { c } from './c.ts'`],
        ['src/c.ts', `import './a.ts'`],
        ['src/d.ts', `type D = import('./d.ts').D`],
      ),
    )
    assert.deepEqual(found, ['src/a.ts > src/b.ts > src/c.ts > src/a.ts', 'src/d.ts > src/d.ts'])
  })

  it('takes two ways to the same file for no cycle', () => {
    const of = house(['a.ts', `import './b.ts'\nimport './c.ts'`], ['b.ts', `import './c.ts'`], ['c.ts', ''])
    assert.deepEqual(cycles(of), [])
  })

  it('finds a file of 301 lines, and takes one of 300', () => {
    const of = house(['a.ts', 'x\n'.repeat(MAX_LINES + 1)], ['b.ts', 'x\n'.repeat(MAX_LINES)])
    assert.deepEqual(longFiles(of), ['a.ts has 301 lines'])
  })

  it('finds an index that has more than re-exports', () => {
    const of = house(
      [
        'src/index.ts',
        `/** Some. */\nexport { a } from './a.ts'\nexport {\n  b,\n} from './b.ts'\nexport * from './c.ts'\n`,
      ],
      ['src/a/index.ts', 'export const a = 1'],
      ['src/b/index.ts', `import { b } from './b.ts'\nexport { b }`],
      ['src/b/b.ts', 'export const b = 1'],
    )
    assert.deepEqual(moreThanReexports(of), ['src/a/index.ts', 'src/b/index.ts'])
  })

  it('reads the entries of a package, with conditions and without', () => {
    const exported = {
      '.': './dist/index.js',
      './a': { types: './dist/a/index.d.ts' },
      './package.json': './package.json',
    }
    assert.deepEqual(entriesOf(exported), ['src/index.ts', 'src/a/index.ts'])
  })
})
