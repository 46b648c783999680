import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { acknowledgedFile, workedFile } from './loop-order.ts'

/** Throws where a message that was acknowledged was not worked, or one was worked twice, in whichever process. */
export async function checkBooks(folder: string, processes: number): Promise<void> {
  const acknowledged = new Set<number>()
  const worked = new Set<number>()
  for (let index = 0; index < processes; index += 1) {
    for (const n of await numbersIn(path.join(folder, acknowledgedFile(index)))) acknowledged.add(n)
    for (const n of await numbersIn(path.join(folder, workedFile(index)))) {
      if (worked.has(n)) throw new Error(`message ${n} was worked twice`)
      worked.add(n)
    }
  }
  const lost = [...acknowledged].filter((n) => !worked.has(n))
  if (lost.length > 0) throw new Error(`${lost.length} acknowledged messages were not worked, the first is ${lost[0]}`)
}

async function numbersIn(file: string): Promise<Float64Array> {
  const bytes = await readFile(file)
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
