import { execPath, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { jsonOf } from '../../child.ts'
import { machine } from '../../machine.ts'
import type { BenchOptions } from '../../options.ts'
import { median } from '../../quantile.ts'
import { figure, markdownTable, type Row } from '../../table.ts'
import { targetTable } from '../../targets.ts'
import { readBooks } from '../books.ts'
import { startCalmGateway } from '../calm-gateway.ts'
import { MESSAGES, OUTAGE_MS, PROLONG_MS, type ProlongedOrder, type ProlongedResult } from './prolonged-order.ts'

const RUN_PROLONGED = fileURLToPath(new URL('./run-prolonged.ts', import.meta.url))

interface Run {
  readonly doneSeconds: number
  readonly callsIntoOutage: number
  readonly outageSeconds: number
}

/** An API whose outage gets longer with each call: whoever keeps calling never gets out of it. */
export async function prolonged({ rounds }: BenchOptions): Promise<void> {
  const runs: Run[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const run = await measured()
    runs.push(run)
    stderr.write(`round ${round} of ${rounds}: ${figure(run.doneSeconds)} s\n`)
  }
  const done = runs.map(({ doneSeconds }) => doneSeconds)
  const told = [
    '## An outage that each call makes longer',
    `${machine()}. Receipts are down for ${OUTAGE_MS} ms, and ${PROLONG_MS} ms longer for each call meanwhile; ${MESSAGES} messages are sent at its beginning. A worker and an upstream with their defaults, ${rounds} runs, worker and gateway in fresh processes.`,
    markdownTable(
      ['', 'median', 'worst'],
      [
        row('all done after s', done, figure),
        row(
          'calls into the outage',
          runs.map(({ callsIntoOutage }) => callsIntoOutage),
          String,
        ),
        row(
          'the outage lasted s',
          runs.map(({ outageSeconds }) => outageSeconds),
          figure,
        ),
      ],
    ),
    '### What it must show',
    targetTable([{ what: 'seconds until all are done, at worst', measured: Math.max(...done), atMost: 5 }]),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}

/** Throws where a message was lost. */
async function measured(): Promise<Run> {
  await using gateway = await startCalmGateway()
  const order: ProlongedOrder = { gatewayUrl: gateway.url }
  const { doneMs } = await jsonOf<ProlongedResult>(execPath, [RUN_PROLONGED, JSON.stringify(order)])
  const { outages } = await gateway.statistics()
  const { receipts } = await readBooks(gateway.url)
  if (receipts.size !== MESSAGES) throw new Error(`there must be ${MESSAGES} receipts, got ${receipts.size}`)
  const [outage] = outages.receipts
  if (outage === undefined) throw new Error('there must have been an outage, got none')
  return { doneSeconds: doneMs / 1_000, callsIntoOutage: outage.calls, outageSeconds: outage.lengthMs / 1_000 }
}

const row = (name: string, values: readonly number[], shown: (value: number) => string): Row => [
  name,
  shown(median(values)),
  shown(Math.max(...values)),
]
