import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { describe, it } from 'node:test'
import { eventNames, events, subscribe } from '../../src/core/events.ts'
import type { JobId } from '../../src/core/message.ts'

const sent = { jobId: 'x-1' as JobId, task: 'a' }

describe('the events', () => {
  it('are each on the diagnostics channel of their name', () => {
    assert.ok(eventNames.length > 0)
    for (const name of eventNames) assert.equal(events[name], channel(`willcall.${name}`))
  })

  it('are named as facts, noun first', () => {
    for (const name of eventNames) assert.match(name, /^[a-z]+\.[a-z]+$/)
    assert.equal(new Set(eventNames).size, eventNames.length)
  })
})

describe('subscribe', () => {
  it('calls the listener with every such fact, at once, as it was published', () => {
    const heard: unknown[] = []
    const end = subscribe('job.sent', (fact) => heard.push(fact))
    events['job.sent'].publish(sent)
    events['job.sent'].publish(sent)
    assert.equal(heard.length, 2)
    assert.equal(heard[0], sent)
    end()
  })

  it('calls it with no other fact', () => {
    const end = subscribe('job.sent', () => assert.fail('it was called'))
    events['job.done'].publish({ ...sent, attempt: 1 })
    end()
  })

  it('calls it no more once that was ended, be it twice', () => {
    let calls = 0
    const end = subscribe('job.sent', () => (calls += 1))
    end()
    end()
    events['job.sent'].publish(sent)
    assert.equal(calls, 0)
  })

  it('ends one subscription and no other, be it of the same listener', () => {
    let calls = 0
    const listener = (): void => void (calls += 1)
    const ends = [subscribe('job.sent', listener), subscribe('job.sent', listener)]
    events['job.sent'].publish(sent)
    assert.equal(calls, 2)
    ends[0]?.()
    events['job.sent'].publish(sent)
    assert.equal(calls, 3)
    ends[1]?.()
  })

  it('lets whoever publishes know that somebody listens', () => {
    assert.equal(events['job.sent'].hasSubscribers, false)
    const end = subscribe('job.sent', () => {})
    assert.equal(events['job.sent'].hasSubscribers, true)
    end()
    assert.equal(events['job.sent'].hasSubscribers, false)
  })
})
