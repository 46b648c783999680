import { argv, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { wholeNumber } from '../../../src/core/option.ts'
import { seededRandom } from '../../../src/testing/random.ts'
import { figure, markdownTable } from '../../../bench/table.ts'
import { command } from '../command.ts'
import { demand } from '../requirements.ts'
import { cutPower } from './cut.ts'
import { type Result, sum } from './result.ts'
import { controls, type Scenario, scenarios } from './scenario.ts'

const PROGRAMS = ['perl', 'mkfs.ext4', 'losetup', 'mount', 'umount']

/** Prints the table; true where nothing acknowledged was lost, no file was damaged, and the control lost something. */
await command(async (signal) => {
  const { cuts, controlCuts, seed } = options(argv.slice(2))
  demand({ root: true, programs: PROGRAMS, files: ['/dev/loop-control'] })
  const random = seededRandom(seed)
  const kept = await results(scenarios(cuts, random), signal)
  const control = await results(controls(controlCuts, random), signal)
  const all = sum([...kept.values()].flat())
  const ofControl = sum([...control.values()].flat())
  stdout.write(
    `\n${table([...kept, ['all', [all]], ...control])}\n\nseed ${seed}; left out: acknowledged when the cut had begun\n`,
  )
  if (ofControl.lost === 0) stdout.write('the control lost nothing: this proves nothing\n')
  return all.lost === 0 && all.corrupt === 0 && ofControl.lost > 0
})

function options(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cuts: { type: 'string', default: '30' },
      'control-cuts': { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
    },
  })
  return {
    cuts: wholeNumber('--cuts', Number(values.cuts), 1, 10_000),
    controlCuts: wholeNumber('--control-cuts', Number(values['control-cuts']), 1, 10_000),
    seed: wholeNumber('--seed', Number(values.seed), 0, 2 ** 32 - 1),
  }
}

/** By the name of the scenario. */
async function results(of: readonly Scenario[], signal: AbortSignal): Promise<Map<string, Result[]>> {
  const byName = new Map<string, Result[]>()
  for (const [index, scenario] of of.entries()) {
    const { result, lost, faults, lostLastMs } = await cutPower(scenario, signal)
    signal.throwIfAborted()
    byName.set(scenario.name, [...(byName.get(scenario.name) ?? []), result])
    const told = `${scenario.name}, cut ${index + 1} of ${of.length}, after ${scenario.afterMs.toFixed(0)} ms`
    stdout.write(`${told}: ${result.counted} acknowledged, ${result.leftOut} left out, ${lost.length} lost\n`)
    if (scenario.durability === 'process') continue
    if (lost.length > 0) {
      stdout.write(
        `  lost ${lost.slice(0, 5).join(', ')} …, the last ${lostLastMs?.toFixed(2)} ms before the cut began\n`,
      )
    }
    for (const fault of faults.slice(0, 5)) stdout.write(`  ${fault}\n`)
    if (lost.length + faults.length > 0) stdout.write(`  ${JSON.stringify(scenario)}\n`)
  }
  return byName
}

function table(rows: readonly (readonly [string, readonly Result[]])[]): string {
  return markdownTable(
    ['', 'cuts', 'acknowledged', 'left out', 'lost', 'in cuts', 'corrupt', 'WAL restarts'],
    rows.map(([name, of]) => {
      const { cuts, counted, leftOut, lost, cutsWithLoss, corrupt, restarts } = sum(of)
      return [name, ...[cuts, counted, leftOut, lost, cutsWithLoss, corrupt, restarts].map(whole)]
    }),
  )
}

function whole(value: number): string {
  return value < 100 ? String(value) : figure(value)
}
