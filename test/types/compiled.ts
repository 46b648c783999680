import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(import.meta.dirname, '../..')
const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(/package\.json$/, 'bin/tsc')

export interface Surroundings {
  /** What each source begins with; `from` is a file of this repository. */
  readonly imports: { readonly names: readonly string[]; readonly from: string }
  /** A test file that is compiled with them. */
  readonly checks: string
}

/** What the compiler prints for each file, by its name; files that compile are not among them. */
export async function compiled(
  sources: ReadonlyMap<string, string>,
  { imports: { names, from }, checks }: Surroundings,
): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'willcall-types-'))
  try {
    const file = path.relative(folder, path.join(root, from)).split(path.sep).join('/')
    const imports = `import { ${names.join(', ')} } from '${file}'\nexport const used = [${names.join(', ')}]\n`
    const settings = {
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [path.join(root, 'node_modules/@types')] },
      include: [],
      files: [...sources.keys(), checks],
    }
    await Promise.all([
      writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(settings)),
      writeFile(path.join(folder, 'package.json'), '{ "type": "module" }'),
      ...[...sources].map(([name, code]) => writeFile(path.join(folder, name), imports + code)),
    ])
    return byFile(await output(folder))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const output = (cwd: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd }, (_error, stdout) => resolve(stdout))
  })

function byFile(printed: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const error of printed.split(/\n(?! )/).filter((text) => text !== '')) {
    const name = path.basename(error.split('(')[0] ?? '')
    files.set(name, `${files.get(name) ?? ''}${error}\n`)
  }
  return files
}
