import type { Load, LoadOrder } from '../load.ts'

/** Who uses the file. */
const PARTIES = [
  { name: '1 process', children: 1, threads: 1 },
  { name: '2 processes', children: 2, threads: 1 },
  { name: '2 threads', children: 1, threads: 2 },
] as const
/** Of so many cuts in a row one comes soon after the file was made. */
const CUTS_TO_EARLY = 5
/** When it comes, in milliseconds after the store is about to be opened, or after the first message was acknowledged. */
const EARLY_MS = { opening: { least: 0, most: 80 }, acknowledging: { least: 0, most: 40 } } as const
const LATE_MS = { least: 50, most: 2_500 } as const

/** One power cut, and what is under way when it comes. */
export interface Scenario {
  /** The line of the table that it counts for. */
  readonly name: string
  readonly children: number
  readonly threads: number
  readonly durability: LoadOrder['durability']
  /** What the power is cut after: the store is about to be opened, or the first message was acknowledged. */
  readonly after: 'opening' | 'acknowledging'
  readonly afterMs: number
  readonly load: Load
}

/** The cuts of one run: the same seed gives the same ones. */
export function scenarios(cuts: number, random: () => number): readonly Scenario[] {
  return Array.from({ length: cuts }, (_, index) => {
    const { name, children, threads } = PARTIES[index % PARTIES.length] ?? PARTIES[0]
    const isEarly = index % CUTS_TO_EARLY === CUTS_TO_EARLY - 1
    const after = isEarly && Math.floor(index / CUTS_TO_EARLY) % 2 === 0 ? 'opening' : 'acknowledging'
    const afterMs = between(isEarly ? EARLY_MS[after] : LATE_MS, random)
    return {
      name: isEarly ? 'soon after creation' : name,
      children,
      threads,
      durability: 'disk',
      after,
      afterMs,
      load: loadOf(random),
    }
  })
}

/** The same store without its own syncs: what it acknowledges can be lost, or the simulator simulates nothing. */
export function controls(cuts: number, random: () => number): readonly Scenario[] {
  return Array.from({ length: cuts }, () => ({
    name: "control: durability 'process'",
    children: 1,
    threads: 1,
    durability: 'process',
    after: 'acknowledging',
    afterMs: between(LATE_MS, random),
    load: loadOf(random),
  }))
}

function loadOf(random: () => number): Load {
  return {
    senders: 1 + Math.floor(random() * 50),
    batch: 1 + Math.floor(random() * 4),
    payloadBytes: oneOf([30, 500, 2_000, 6_000], random),
    concurrency: 1 + Math.floor(random() * 20),
  }
}

function between({ least, most }: { readonly least: number; readonly most: number }, random: () => number): number {
  return least + random() * (most - least)
}

function oneOf<Value>(values: readonly [Value, ...Value[]], random: () => number): Value {
  return values[Math.floor(random() * values.length)] ?? values[0]
}
