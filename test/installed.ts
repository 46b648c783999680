import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('..', import.meta.url))

/** A folder as a user has it: the built package and its peers installed, and the programs of this folder. */
export function installed(programs: string): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'willcall-installed-'))
  const willcall = join(path, 'node_modules/willcall')
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(willcall, 'dist')]
  execFileSync(process.execPath, [compiler, ...options])
  cpSync(join(root, 'package.json'), join(willcall, 'package.json'))
  for (const peer of ['better-sqlite3', 'express', 'ky', 'zod'])
    symlinkSync(join(root, 'node_modules', peer), join(path, 'node_modules', peer))
  cpSync(programs, path, { recursive: true })
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** The blocks of this language in a text of Markdown. */
export const blocksIn = (markdown: string, language: string): readonly string[] =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code ?? '')
