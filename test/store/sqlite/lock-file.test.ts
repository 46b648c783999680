import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { DatabaseConstructor, DatabaseOptions } from '../../../src/store/sqlite/file/database.ts'
import { LockFile } from '../../../src/store/sqlite/owner/lock-file.ts'
import { until } from '../../worker/running.ts'
import { aDatabase, aHolder, Connection, Holder, stateOf } from './lock-holder.ts'
import type { Order } from './lock-program.ts'

const onLinux = { skip: process.platform === 'linux' ? false : 'only Linux tells whether a process stands still' }

describe('a lock file', () => {
  it('lies beside its database, empty, for this user alone, and goes when it is released', () => {
    using database = aDatabase()
    const { name, file } = database.files.hold()
    assert.equal(file.path, `${database.path}${name}`)
    assert.deepEqual(database.beside(), ['a.db', `a.db${name}`])
    const { mode, size } = statSync(file.path)
    assert.deepEqual([mode & 0o777, size], [0o600, 0])
    file.release()
    file.release()
    assert.deepEqual(database.beside(), ['a.db'])
  })

  it('of a living process is held', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    assert.equal(stateOf(database.files, await holder.name()), 'alive')
  })

  it('of a killed process is free at once, and whoever takes it holds it', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    await using other = aHolder(database.path)
    const name = await holder.name()
    await holder.kill()
    const taken = database.files.take(name)
    assert.ok(taken instanceof LockFile)
    assert.equal(await other.order({ verb: 'take', name }), 'alive')
    taken.release()
    assert.equal(await other.order({ verb: 'take', name }), 'missing')
    assert.deepEqual(database.beside(), ['a.db'])
  })

  it('that is let go is found dead again', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    const name = await holder.name()
    await holder.kill()
    assert.equal(stateOf(database.files, name), 'dead')
    assert.equal(stateOf(database.files, name), 'dead')
  })

  it('of a process that stands still is held', onLinux, async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    const name = await holder.name()
    await holder.pause()
    assert.equal(stateOf(database.files, name), 'alive')
  })

  it('of a thread is held, until the thread is terminated', async () => {
    using database = aDatabase()
    const thread = new Worker(new URL('lock-program.ts', import.meta.url), { workerData: database.path })
    const ask = async (order: Order): Promise<unknown> => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
      thread.postMessage(order)
      const [answer] = (await once(thread, 'message')) as [unknown]
      return answer
    }
    const name = String(await ask({ verb: 'hold' }))
    const ours = database.files.hold()
    assert.deepEqual([stateOf(database.files, name), await ask({ verb: 'take', name: ours.name })], ['alive', 'alive'])
    await thread.terminate()
    assert.equal(stateOf(database.files, name), 'dead')
    ours.file.release()
  })

  it('is free when its process is gone, though another one has the same number', {
    skip:
      spawnSync('env', ['unshare', '--pid', '--fork', 'true']).status === 0
        ? false
        : 'no two processes can have one number',
  }, async () => {
    using database = aDatabase()
    const inside = database.file('node')
    writeFileSync(inside, `#!/bin/sh\nexec unshare --pid --fork --kill-child '${process.execPath}' "$@"\n`, {
      mode: 0o700,
    })
    await using first = new Holder('lock-program.ts', [database.path], { execPath: inside })
    await using second = new Holder('lock-program.ts', [database.path], { execPath: inside })
    const names = [await first.name(), await second.name()] as const
    assert.deepEqual([stateOf(database.files, names[0]), stateOf(database.files, names[1])], ['alive', 'alive'])
    await first.kill()
    await until(() => stateOf(database.files, names[0]) === 'dead')
    assert.equal(stateOf(database.files, names[1]), 'alive')
  })

  it('is won by one of several that want it', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    await using first = aHolder(database.path)
    await using second = aHolder(database.path)
    await using third = aHolder(database.path)
    const rescuers = [first, second, third]
    await Promise.all(rescuers.map((rescuer) => rescuer.order({ verb: 'renew' })))
    for (let times = 0; times < 10; times += 1) {
      const name = await holder.name()
      const answers = rescuers.map((rescuer) => rescuer.order({ verb: 'takeUntilItIsDead', name }))
      await holder.order({ verb: 'letGo' })
      const winner = await Promise.race(answers.map(async (answer, index) => ({ index, found: await answer })))
      assert.equal(winner.found, 'dead')
      assert.equal(stateOf(database.files, name), 'alive')
      await rescuers[winner.index]?.order({ verb: 'release' })
      const found = await Promise.all(answers)
      assert.deepEqual([found.filter((one) => one === 'missing').length, found[winner.index]], [2, 'dead'])
    }
  })
})

describe('what a process holds', () => {
  it('is never probed by it, nor through another copy of this module', async () => {
    using database = aDatabase()
    const { name, file } = database.files.hold()
    let opened = 0
    const other = function Counted(path: string, options: DatabaseOptions) {
      opened += 1
      return new Connection(path, options)
    } as unknown as DatabaseConstructor
    const copy = (await import(new URL('../../../src/store/sqlite/owner/lock-file.ts?copy', import.meta.url).href)) as {
      readonly LockFile: typeof LockFile
    }
    assert.notEqual(copy.LockFile, LockFile)
    assert.deepEqual(
      [copy.LockFile.take(file.path, other), LockFile.take(file.path, other), opened],
      ['alive', 'alive', 0],
    )
    assert.equal(database.files.isOurs(name), true)
    file.release()
    assert.equal(copy.LockFile.take(file.path, other), 'missing')
    assert.equal(database.files.isOurs(name), false)
  })

  it('stays held though nobody refers to it and garbage is collected', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path, ['--expose-gc'])
    const careful = await holder.name('holdUnreferenced')
    const careless = await holder.name('holdCarelessly')
    await holder.order({ verb: 'collectGarbage' })
    assert.deepEqual([stateOf(database.files, careful), stateOf(database.files, careless)], ['alive', 'dead'])
  })

  it('is lost when it reads the file, and taken again by the next renewal', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    const name = await holder.name()
    await holder.order({ verb: 'read' })
    assert.equal(stateOf(database.files, name), 'dead')
    assert.equal(await holder.order({ verb: 'renew' }), true)
    assert.equal(stateOf(database.files, name), 'alive')
  })

  it('cannot be renewed while another process has taken it', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    const name = await holder.name()
    await holder.order({ verb: 'read' })
    const taken = database.files.take(name)
    assert.ok(taken instanceof LockFile)
    assert.equal(await holder.order({ verb: 'renew' }), false)
    taken.letGo()
    assert.equal(await holder.order({ verb: 'renew' }), true)
    assert.equal(stateOf(database.files, name), 'alive')
  })

  for (const [what, spoil] of [
    ['deleted', (path: string) => rmSync(path)],
    ['overwritten', (path: string) => writeFileSync(path, 'orders: none\n'.repeat(100))],
    [
      'replaced by a copy',
      (path: string) => {
        copyFileSync(path, `${path}.copy`)
        rmSync(path)
        copyFileSync(`${path}.copy`, path)
        rmSync(`${path}.copy`)
      },
    ],
  ] as const) {
    it(`is made anew where it was ${what}`, async () => {
      using database = aDatabase()
      await using holder = aHolder(database.path)
      const name = await holder.name()
      // By another process: to read it here costs no lock.
      spoil(`${database.path}${name}`)
      assert.equal(await holder.order({ verb: 'renew' }), true)
      assert.equal(stateOf(database.files, name), 'alive')
      assert.equal(statSync(`${database.path}${name}`).size, 0)
      await holder.order({ verb: 'release' })
      assert.deepEqual(database.beside(), ['a.db'])
    })
  }

  it('stays held by renewals while others look at it all the time', async () => {
    using database = aDatabase()
    await using holder = aHolder(database.path)
    await using other = aHolder(database.path)
    const name = await holder.name()
    const looks = other.order({ verb: 'lookForever', name })
    for (let times = 0; times < 100; times += 1)
      await until(async () => (await holder.order({ verb: 'renew' })) === true)
    assert.equal(stateOf(database.files, name), 'alive')
    await other.kill()
    await looks.catch(() => {})
  })
})
