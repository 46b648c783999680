import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { Reference } from './model-reference.ts'
import { compareEnd, StepCommand } from './model-run.ts'
import { steps } from './model-steps.ts'
import { Stores } from './model-stores.ts'
import { aFolder } from './sqlite/folder.ts'

/** fast-check prints the seed of a run that failed; `SEED=… node --test …` runs it again, `RUNS=… node --test …` runs longer. */
const seed = Number(env['SEED'] ?? randomInt(2 ** 31))
const numRuns = Number(env['RUNS'] ?? 12)
const MAX_STEPS = 60
/** A run that waits for what never comes ends in the end. */
const timeout = 120_000

const command = fc.oneof(...steps).map((step) => new StepCommand(step))
const commands = fc.commands([command], { maxCommands: MAX_STEPS, size: 'max' })

async function compare(isAlone: boolean, sequence: Iterable<fc.AsyncCommand<Reference, Stores>>): Promise<void> {
  using folder = aFolder()
  const reference = new Reference()
  await using stores = new Stores(folder.file('a.db'), isAlone, () => reference.now)
  await fc.asyncModelRun(() => ({ model: reference, real: stores }), sequence)
  await compareEnd(reference, stores)
}

describe('the SQLite store, compared with the memory store', () => {
  it('every sequence of calls comes to what it comes to in memory, also over restarts', async () => {
    await fc.assert(
      fc.asyncProperty(commands, (sequence) => compare(true, sequence)),
      { seed, numRuns, timeout },
    )
  })

  it('so it does where two stores on one file share the calls', async () => {
    await fc.assert(
      fc.asyncProperty(commands, (sequence) => compare(false, sequence)),
      { seed, numRuns, timeout },
    )
  })
})
