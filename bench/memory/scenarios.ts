import type { CallSize } from './subject.ts'
import type { SubjectName } from './subjects.ts'

export interface Scenario {
  readonly title: string
  readonly callSize: CallSize
  readonly failing: boolean
  readonly subjects: readonly SubjectName[]
}

export const CALLS: Scenario = {
  title: 'in calls of 100',
  callSize: 100,
  failing: false,
  subjects: ['willcall', 'fastq callback', 'fastq promise', 'async.queue', 'p-queue', 'bare loop'],
}

const SINGLY: Scenario = {
  title: 'one by one',
  callSize: 1,
  failing: false,
  subjects: ['willcall', 'fastq callback', 'fastq promise', 'async.queue', 'p-queue'],
}

/** The back-off is 0. */
export const FAILING: Scenario = {
  title: '10 % fail once, in calls of 100',
  callSize: 100,
  failing: true,
  subjects: ['willcall', 'fastq promise', 'p-queue'],
}

export const SCENARIOS: readonly Scenario[] = [CALLS, SINGLY, FAILING]

/** Go with its own choice of cores, and with as many as JavaScript has. */
export const GO_CASES = [
  { name: 'Go', cores: undefined },
  { name: 'Go on 1 core', cores: 1 },
] as const
