import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'

/** Opens a store as another user would, and tells the code of the error, or `opened`. */
process.once('message', ([path, uid]: readonly [string, number]) => {
  process.setgroups?.([])
  process.setgid?.(uid)
  process.setuid?.(uid)
  void told(path).then((fact) => process.send?.(fact, () => process.disconnect()))
})

async function told(path: string): Promise<string> {
  try {
    await openSqlite(path)[Symbol.asyncDispose]()
    return 'opened'
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException
    return `${name} ${code}`
  }
}
