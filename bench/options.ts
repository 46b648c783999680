import { parseArgs } from 'node:util'
import { wholeNumber } from '../src/core/option.ts'

export interface BenchOptions {
  /** Times that every case is measured, each time in a fresh process; the tables show medians. Default 5. */
  readonly rounds: number
  /** Messages of one run, at most 10,000,000. Default 1,000,000. */
  readonly messages: number
  /** How long the load of one run lasts, and how long lateness is watched in memory, at most 300. Default 10. */
  readonly seconds: number
  /** Runs only the cases whose name contains this text; ratios to the others are then missing. Default: all. */
  readonly only: string
  /** Seeds that decide what fails: from 1 to so many. Default 20. */
  readonly seeds: number
  /** Tickets of one seed, at most 10,000. Default 10,000. */
  readonly tickets: number
  /** How many seeds are run at once: they wait more than they work. Default 20. */
  readonly atOnce: number
}

type Texts = Readonly<Record<keyof BenchOptions, string>>

const DEFAULTS: Texts = {
  rounds: '5',
  messages: '1000000',
  seconds: '10',
  only: '',
  seeds: '20',
  tickets: '10000',
  atOnce: '20',
}
/** Of the benches whose runs last long, or not. */
const DEFAULTS_OF: Readonly<Record<string, Partial<Texts>>> = {
  durable: { messages: '100000' },
  backlog: { rounds: '3' },
  loop: { rounds: '3', seconds: '5' },
  outage: { rounds: '1', seconds: '60' },
  limit: { rounds: '1', seconds: '60' },
  prolonged: { rounds: '10' },
  topics: { rounds: '3' },
}

/**
 * Reads `<name> [--rounds 5] [--messages 1000000] [--seconds 10] [--only text] [--seeds 20] [--tickets 10000] [--at-once 20]`,
 * where the named bench may have other defaults.
 */
export function readOptions(args: readonly string[]): { readonly name: string; readonly options: BenchOptions } {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      messages: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      seeds: { type: 'string' },
      tickets: { type: 'string' },
      'at-once': { type: 'string' },
    },
  })
  const name = positionals.join(' ')
  const { 'at-once': atOnce, ...given } = values
  const texts: Texts = { ...DEFAULTS, ...DEFAULTS_OF[name], ...given, ...(atOnce !== undefined && { atOnce }) }
  return {
    name,
    options: {
      rounds: wholeNumber('--rounds', Number(texts.rounds), 1),
      messages: wholeNumber('--messages', Number(texts.messages), 1, 10_000_000),
      seconds: wholeNumber('--seconds', Number(texts.seconds), 1, 300),
      only: texts.only,
      seeds: wholeNumber('--seeds', Number(texts.seeds), 1, 1_000),
      tickets: wholeNumber('--tickets', Number(texts.tickets), 1, 10_000),
      atOnce: wholeNumber('--at-once', Number(texts.atOnce), 1, 100),
    },
  }
}
