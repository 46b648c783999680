import { oneQueue } from './one-queue.ts'
import { oneTopic } from './one-topic.ts'
import { threeQueues, threeQueuesOneSend } from './three-queues.ts'
import type { Way } from './way.ts'

export const ways = { oneQueue, threeQueues, threeQueuesOneSend, oneTopic } satisfies Readonly<Record<string, Way>>
export type WayName = keyof typeof ways

export const isWayName = (name: string | undefined): name is WayName => name !== undefined && Object.hasOwn(ways, name)
