import { parseArgs } from 'node:util'
import { wholeNumber } from '../src/core/option.ts'

export interface BenchOptions {
  /** Times that every case is measured, each time in a fresh process; the tables show medians. Default 5. */
  readonly rounds: number
  /** Messages of one run, at most 10,000,000. Default 1,000,000. */
  readonly messages: number
  /** How long the load of one webhook run lasts, and how long lateness is watched in memory, at most 300. Default 10. */
  readonly seconds: number
  /** Runs only the cases whose name contains this text; ratios to the others are then missing. Default: all. */
  readonly only: string
}

/** Reads `<name> [--rounds 5] [--messages 1000000] [--seconds 10] [--only text]`. */
export function readOptions(args: readonly string[]): { readonly name: string; readonly options: BenchOptions } {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      messages: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '10' },
      only: { type: 'string', default: '' },
    },
  })
  return {
    name: positionals.join(' '),
    options: {
      rounds: wholeNumber('--rounds', Number(values.rounds), 1),
      messages: wholeNumber('--messages', Number(values.messages), 1, 10_000_000),
      seconds: wholeNumber('--seconds', Number(values.seconds), 1, 300),
      only: values.only,
    },
  }
}
