import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { FreshFolder } from './fresh-folder.ts'

const run = promisify(execFile)

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Compiles everything and these files of the benchmark as a user has it, and answers with where it is: what turns types away
 * while a program runs would take more memory than willcall.
 */
export async function compiled(folder: FreshFolder, files: readonly URL[]): Promise<readonly string[]> {
  const out = folder.file('compiled')
  await mkdir(out)
  const settings = {
    extends: path.join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      allowImportingTsExtensions: false,
      rootDir: ROOT,
      outDir: out,
      typeRoots: [path.join(ROOT, 'node_modules/@types')],
    },
    include: [path.join(ROOT, 'src'), ...files.map((file) => fileURLToPath(file))],
  }
  const project = folder.file('tsconfig.json')
  await Promise.all([
    writeFile(project, JSON.stringify(settings)),
    writeFile(path.join(out, 'package.json'), JSON.stringify({ type: 'module' })),
    symlink(path.join(ROOT, 'node_modules'), path.join(out, 'node_modules')),
  ])
  await run(execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', project])
  return files.map((file) => path.join(out, path.relative(ROOT, fileURLToPath(file)).replace(/\.ts$/, '.js')))
}
