import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { aFolder } from './folder.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export const fromSource: string = join(root, 'src')

interface Started {
  readonly file: string
  readonly nodeArgs?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly code: string
}

/** The exit code of a program that is given this file, and all that it said. */
export async function ran({ file, nodeArgs = [], env = {}, code }: Started): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [...nodeArgs, '--input-type=module', '-e', code, file], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[exitCode], ...said] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code: exitCode as number, said: said.join('') }
}

/** Where these sources of the SQLite store, and what they import, lie after they were built. */
export function built(folder: ReturnType<typeof aFolder>, names: readonly string[]): string {
  const dist = folder.file('dist')
  const files = names.map((name) => join(fromSource, `store/sqlite/${name}.ts`))
  const options = { outDir: dist, rootDir: fromSource, typeRoots: [join(root, 'node_modules/@types')] }
  const config = { extends: join(root, 'tsconfig.build.json'), compilerOptions: options, include: [], files }
  writeFileSync(folder.file('tsconfig.json'), JSON.stringify(config))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', folder.file('tsconfig.json')], { stdio: 'inherit' })
  writeFileSync(folder.file('package.json'), '{ "type": "module" }')
  return dist
}
