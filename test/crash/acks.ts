/** What a load program tells of one `send`: its messages are kept. */
export interface Ack {
  /** Who sent them. */
  readonly from: string
  /** The number of the first message; the others follow it. */
  readonly first: number
  readonly ids: readonly string[]
  /** When `send` had resolved, on the monotonic clock of the system. */
  readonly atNs: bigint
}

export function ackLine({ from, first, ids, atNs }: Ack): string {
  return `${JSON.stringify([from, first, ids, String(atNs)])}\n`
}

/** The acknowledgements among the lines of a text. A last line that is cut off is left out: whoever wrote it was killed. */
export function acksIn(text: string): readonly Ack[] {
  return linesOf(text)
    .filter((line) => line.startsWith('['))
    .map(ackOf)
}

/** Why a load program sends no more. */
export interface Refusal {
  readonly atNs: bigint
  readonly why: string
}

export function refusalLine({ atNs, why }: Refusal): string {
  return `refused ${atNs} ${why.replaceAll('\n', ' ')}\n`
}

export function refusalsIn(text: string): readonly Refusal[] {
  return linesOf(text)
    .map((line) => /^refused (\d+) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, atNs = '', why = '']) => ({ atNs: BigInt(atNs), why }))
}

const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -1)

function ackOf(line: string): Ack {
  const [from, first, ids, atNs] = JSON.parse(line) as [string, number, string[], string]
  return { from, first, ids, atNs: BigInt(atNs) }
}
