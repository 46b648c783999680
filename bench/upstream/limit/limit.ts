import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { execPath, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { startGateway } from '../../../examples/tickets/gateway/gateway.ts'
import { LONGEST_MS } from '../../child.ts'
import { machine } from '../../machine.ts'
import type { BenchOptions } from '../../options.ts'
import { median } from '../../quantile.ts'
import { figure, markdownTable, type Row } from '../../table.ts'
import { targetTable } from '../../targets.ts'
import type { LimitOrder } from './limit-order.ts'
import { INTERVAL_MS, LIMIT } from './limiter.ts'
import { type LimiterName, LIMITERS } from './limiters.ts'
import { shortestMs, violations } from './violations.ts'

const RUN_LIMITER = fileURLToPath(new URL('./run-limiter.ts', import.meta.url))

interface Run {
  readonly calls: number
  readonly violations: number
  /** In which one call more than the limit arrived. */
  readonly shortestMs: number
  /** Of the calls that the API would have taken. */
  readonly shareUsed: number
}

/** An API that takes 10 calls in any second, and more calls waiting than it takes: does it ever see one too many? */
export async function limit({ rounds, seconds, only }: BenchOptions): Promise<void> {
  const names = (Object.keys(LIMITERS) as LimiterName[]).filter((name) => name.includes(only))
  const runs = new Map(names.map((name): [LimiterName, Run[]] => [name, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [limiter, ofLimiter] of runs) {
      stderr.write(`round ${round} of ${rounds}: ${limiter}\n`)
      ofLimiter.push(await measured(limiter, seconds, round))
    }
  }
  const told = [
    `## ${LIMIT} calls in any ${INTERVAL_MS.toLocaleString('en')} ms`,
    `${machine()}. More calls than that wait for ${seconds} s; each takes 0 to 300 ms, half of it there and half of it back, the same for both. When they arrive is written down by the gateway, in another process. A violation is a window that begins with an arrival and holds more than ${LIMIT}. ${rounds === 1 ? 'One round' : `Medians of ${rounds} rounds, violations of all`}.`,
    markdownTable(
      ['limiter', 'violations', `${LIMIT + 1} calls within ms, at least`, 'calls', 'share of the limit used'],
      [...runs].map(([name, ofLimiter]) => row(name, ofLimiter)),
    ),
    '### What it must show',
    targetTable([{ what: 'violations', measured: sumOf(runs.get('willcall') ?? []), atMost: 0 }]),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}

/** The gateway is in this process, which has nothing else to do; the limiter in another. */
async function measured(limiter: LimiterName, seconds: number, seed: number): Promise<Run> {
  await using gateway = await startGateway({ failRate: 0, keepArrivals: true })
  const order: LimitOrder = { limiter, gatewayUrl: gateway.url, seconds, seed }
  const args = [RUN_LIMITER, JSON.stringify(order)]
  const child = spawn(execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: LONGEST_MS })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`${limiter} ended with ${String(code ?? signal)}`)
  const arrivals = gateway.arrivals('issueReceipt')
  if (arrivals.length === 0) throw new Error(`${limiter} must make calls, got none`)
  return {
    calls: arrivals.length,
    violations: violations(arrivals, LIMIT, INTERVAL_MS),
    shortestMs: shortestMs(arrivals, LIMIT),
    shareUsed: arrivals.length / ((LIMIT * seconds * 1_000) / INTERVAL_MS),
  }
}

function row(name: LimiterName, runs: readonly Run[]): Row {
  return [
    name,
    sumOf(runs).toLocaleString('en'),
    figure(Math.min(...runs.map((run) => run.shortestMs))),
    Math.round(median(runs.map(({ calls }) => calls))).toLocaleString('en'),
    figure(median(runs.map(({ shareUsed }) => shareUsed))),
  ]
}

const sumOf = (runs: readonly Run[]): number =>
  runs.length === 0 ? Number.NaN : runs.reduce((sum, run) => sum + run.violations, 0)
