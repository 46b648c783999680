import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { PermanentError } from '../../src/core/errors.ts'
import { type EventName, eventNames, events } from '../../src/core/events.ts'
import { logTo } from '../../src/core/log.ts'
import type { JobId } from '../../src/core/message.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /
/** What nothing may write into a log: it ends a line, moves the cursor, or turns the text around. */
const UNSAFE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u

const jobId = 'x-1' as JobId
const attempt = { jobId, task: 'a', attempt: 1 }

/** Keeps what was written. While it does not drain, it takes nothing. */
class Terminal extends Writable {
  text = ''
  draining = true
  #resume: () => void = () => {}

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    const take = (): void => {
      this.text += chunk.toString()
      taken()
    }
    if (this.draining) take()
    else this.#resume = take
  }

  async drain(): Promise<void> {
    this.draining = true
    this.#resume()
    while (this.writableLength > 0) await new Promise((resolve) => this.once('drain', resolve))
  }

  /** Without their times. */
  get lines(): readonly string[] {
    const lines = this.text.split('\n')
    assert.equal(lines.pop(), '', 'the last line has an end')
    for (const line of lines) assert.match(line, TIME)
    return lines.map((line) => line.replace(TIME, ''))
  }
}

/** What is logged while `publish` runs. */
function logged(publish: () => void, names?: readonly EventName[]): readonly string[] {
  const terminal = new Terminal()
  const end = logTo(terminal, names && { events: names })
  publish()
  end()
  return terminal.lines
}

describe('the log', () => {
  it('has a line for each fact: time, name, and fields', () => {
    const at = Date.UTC(2026, 0, 1, 14, 32, 10)
    const lines = logged(() => {
      events['attempt.failed'].publish({ ...attempt, error: new TypeError('no socket'), at })
      events['job.dead'].publish({ ...attempt, reason: 'permanent', error: new PermanentError('no such ticket') })
      events['worker.started'].publish({ tasks: ['a', 'b'] })
    })
    assert.deepEqual(lines, [
      'attempt.failed jobId="x-1" task="a" attempt=1 error="TypeError: no socket" at=2026-01-01T14:32:10.000Z',
      'job.dead jobId="x-1" task="a" attempt=1 reason="permanent" error="PermanentError: no such ticket"',
      'worker.started tasks=["a","b"]',
    ])
  })

  it('tells every fact but the four that every message or record has, unless told otherwise', () => {
    const lines = logged(() => {
      for (const name of eventNames) events[name].publish({})
    })
    const told = eventNames.filter((name) => !['job.sent', 'attempt.started', 'job.done', 'record.done'].includes(name))
    assert.deepEqual(lines, told)
  })

  it('tells the facts that it was asked for', () => {
    const lines = logged(() => {
      events['job.sent'].publish({ jobId, task: 'a' })
      events['worker.started'].publish({ tasks: [] })
    }, ['job.sent'])
    assert.deepEqual(lines, ['job.sent jobId="x-1" task="a"'])
  })

  it('tells what was thrown, whatever it is', () => {
    const lines = logged(() => {
      for (const error of [undefined, null, 7n, Symbol('a')]) events['store.failed'].publish({ verb: 'claim', error })
    })
    assert.deepEqual(lines, [
      'store.failed verb="claim" error="undefined was thrown: undefined"',
      'store.failed verb="claim" error="object was thrown: null"',
      'store.failed verb="claim" error="bigint was thrown: 7"',
      'store.failed verb="claim" error="symbol was thrown: Symbol(a)"',
    ])
  })

  it('tells a time that no Date can be as the number that it is', () => {
    const lines = logged(() => events['attempt.failed'].publish({ ...attempt, error: 'no', at: 9e15 }))
    assert.deepEqual(lines, [
      'attempt.failed jobId="x-1" task="a" attempt=1 error="string was thrown: no" at=9000000000000000',
    ])
  })

  it('tells several streams the same', () => {
    const terminals = [new Terminal(), new Terminal()]
    const ends = terminals.map((terminal) => logTo(terminal))
    events['worker.stopping'].publish({ inWork: 1 })
    for (const end of ends) end()
    for (const { lines } of terminals) assert.deepEqual(lines, ['worker.stopping inWork=1'])
  })

  it('tells nothing once it was ended', () => {
    const terminal = new Terminal()
    const end = logTo(terminal)
    end()
    events['worker.stopping'].publish({ inWork: 1 })
    assert.equal(terminal.text, '')
    for (const name of eventNames) assert.equal(events[name].hasSubscribers, false)
  })
})

describe('a line of the log stays a line', () => {
  for (const [what, text] of [
    ['ends of lines', 'a\r\nb\nc\u0085d\u2028e\u2029f\vg\fh'],
    ['ANSI escapes', '\u001b[2J\u001b]0;title\u0007\u009b31mred'],
    ['control characters', '\u0000\u0001\b\u007f\u0080'],
    ['a text that is turned around', '\u202etxt.exe\u2066'],
    ['quotation marks and a field of its own', '" attempt=99 task="'],
  ] as const) {
    it(`where an error and a name have ${what}, and both can be read back`, () => {
      const [line, ...more] = logged(() => {
        events['job.dead'].publish({ ...attempt, task: text, reason: 'permanent', error: new Error(text) })
      })
      assert.ok(line !== undefined && more.length === 0)
      assert.doesNotMatch(line, UNSAFE)
      const [, task, error] =
        /^job\.dead jobId="x-1" task=(".*") attempt=1 reason="permanent" error=(".*")$/.exec(line) ?? []
      assert.equal(JSON.parse(task ?? ''), text)
      assert.equal(JSON.parse(error ?? ''), `Error: ${text}`)
    })
  }

  it('whatever the error and the name are', () => {
    const texts = fc.array(fc.integer({ min: 0, max: 0x2100 })).map((codes) => String.fromCharCode(...codes))
    const terminal = new Terminal()
    const end = logTo(terminal)
    fc.assert(
      fc.property(texts, fc.anything(), (task, error) => {
        terminal.text = ''
        events['job.dead'].publish({ ...attempt, task, reason: 'permanent', error })
        assert.equal(terminal.lines.length, 1)
        assert.doesNotMatch(terminal.text.slice(0, -1), UNSAFE)
      }),
    )
    end()
  })
})

/** So many facts with lines of 1,000 bytes and more; a log lets 1 MiB wait. */
const publish = (facts: number): void => {
  const tasks = ['x'.repeat(1_000)]
  for (let fact = 0; fact < facts; fact += 1) events['worker.started'].publish({ tasks })
}

describe('a log to a stream that does not drain', () => {
  it('is bounded', () => {
    const terminal = new Terminal()
    terminal.draining = false
    const end = logTo(terminal)
    publish(2_000)
    assert.ok(terminal.writableLength < 1_048_576 + 2_000)
    end()
  })

  it('says how many lines were left out once it drains, and goes on', async () => {
    const facts = 2_000
    const terminal = new Terminal()
    terminal.draining = false
    const end = logTo(terminal)
    publish(facts)
    await terminal.drain()
    events['worker.stopped'].publish({ unknown: 0 })
    events['worker.stopped'].publish({ unknown: 1 })
    end()
    const { lines } = terminal
    const kept = lines.filter((line) => line.startsWith('worker.started')).length
    assert.ok(kept > 0 && kept < facts)
    assert.deepEqual(lines.slice(kept), [
      `log.cut lines=${facts - kept}`,
      'worker.stopped unknown=0',
      'worker.stopped unknown=1',
    ])
  })

  it('says how many lines were left out when it is ended', async () => {
    const facts = 2_000
    const terminal = new Terminal()
    terminal.draining = false
    const end = logTo(terminal)
    publish(facts)
    end()
    end()
    await terminal.drain()
    const { lines } = terminal
    assert.equal(lines.at(-1), `log.cut lines=${facts - (lines.length - 1)}`)
  })
})
