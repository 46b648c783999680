import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { aFileOfJobs, byNumber, patiently, upTo, works } from './file-of-jobs.ts'

/** Linux gives out the pid after the one in this file. */
const LAST_PID = '/proc/sys/kernel/ns_last_pid'
const MAX_TRIES = 50

/** Another program, which does not end by itself within the test. */
function anotherProgram(code: string, ...args: readonly string[]) {
  const text = `${code}; console.log('ready'); process.stdin.resume()`
  const program = spawn(process.execPath, ['-e', text, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 55_000,
    killSignal: 'SIGKILL',
  })
  return {
    pid: program.pid,
    ready: () => once(program.stdout, 'data'),
    [Symbol.asyncDispose]: () => end(program),
  }
}

async function end(program: ChildProcess): Promise<void> {
  const ended = once(program, 'close')
  program.kill('SIGKILL')
  await ended
}

/** A program with this pid; undefined where the system lets nobody choose one. */
async function programWithPid(pid: number) {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    try {
      writeFileSync(LAST_PID, String(pid - 1))
    } catch {
      return undefined
    }
    const program = anotherProgram('')
    if (program.pid === pid) return program
    await program[Symbol.asyncDispose]()
  }
  return undefined
}

/** A file with 5 jobs in work at a process that was killed. */
async function orphans() {
  const file = aFileOfJobs()
  await file.send(...works(1, 5))
  await using victim = file.aProcess({ handlers: 'never', stops: 'by_signal' })
  await victim.told('began', 5)
  await victim.kill()
  return { file, pid: victim.pid }
}

// No pid is kept anywhere: an owner lives as long as the kernel holds its lock, and that goes with the process that took it.
describe('an owner that was killed', () => {
  it('counts as dead when another program has its pid', patiently, async (test) => {
    const { file, pid } = await orphans()
    using _ = file
    await using program = await programWithPid(pid)
    if (program === undefined) return test.skip('the system lets nobody choose a pid')
    await program.ready()
    await using here = file.here()
    await here.hasDone(5)
    assert.deepEqual(here.began.toSorted(byNumber), upTo(5))
  })

  it('counts as dead when another program has its lock file open', patiently, async () => {
    const { file } = await orphans()
    using _ = file
    const lockFile = readdirSync(file.folder).find((name) => name.includes('-owner-'))
    assert.ok(lockFile !== undefined)
    await using program = anotherProgram("fs.openSync(process.argv[1], 'r+')", join(file.folder, lockFile))
    await program.ready()
    await using here = file.here()
    await here.hasDone(5)
    assert.deepEqual(here.began.toSorted(byNumber), upTo(5))
  })
})
