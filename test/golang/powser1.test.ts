/**
 * After Go's test/chan/powser1.go, which follows Doug McIlroy's "Squinting at Power Series": a power series is a
 * channel on which its coefficients come when they are asked for, and each operation is a task between series. Go
 * forks a series by select; here the fork remembers what its slower reader has yet to get.
 */
/* oxlint-disable no-await-in-loop -- a series is read one coefficient after the other */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../../src/channel/channel.ts'
import { take } from '../channel/probes.ts'

/** A rational number in lowest terms, its denominator positive. */
interface Rational {
  readonly top: bigint
  readonly bottom: bigint
}

interface Series {
  readonly asked: Channel<'next'>
  readonly coefficients: Channel<Rational>
}

const divisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : divisor(b, a % b))

const rational = (top: bigint, bottom = 1n): Rational => {
  const common = divisor(top, bottom)
  const sign = common < 0n === bottom < 0n ? 1n : -1n
  return { top: (sign * top) / common, bottom: (sign * bottom) / common }
}

const plus = (a: Rational, b: Rational): Rational => rational(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom)
const times = (a: Rational, b: Rational): Rational => rational(a.top * b.top, a.bottom * b.bottom)
const shown = ({ top, bottom }: Rational): string => (bottom === 1n ? `${top}` : `${top}/${bottom}`)

const [ZERO, ONE] = [rational(0n), rational(1n)]

/** The series of what a generator yields; it goes on to the next when that is asked for. */
const series = (generate: () => AsyncGenerator<Rational, never>): Series => {
  const [asked, coefficients] = [new Channel<'next'>(1), new Channel<Rational>(1)]
  const generator = generate()
  void (async () => {
    for await (const _ of asked) await coefficients.send((await generator.next()).value)
  })()
  return { asked, coefficients }
}

const next = async ({ asked, coefficients }: Series): Promise<Rational> => {
  await asked.send('next')
  return take(coefficients)
}

/** Two series with the coefficients of one, to be read at different speeds. */
const fork = (from: Series): readonly [Series, Series] => {
  const remembered: Promise<Rational>[] = []
  const branch = (): Series =>
    series(async function* () {
      for (let index = 0; ; index += 1) {
        yield (remembered[index] ??= next(from))
      }
    })
  return [branch(), branch()]
}

const repeat = (coefficient: Rational): Series =>
  series(async function* () {
    for (;;) yield coefficient
  })

const add = (u: Series, v: Series): Series =>
  series(async function* () {
    for (;;) {
      const [a, b] = await Promise.all([next(u), next(v)])
      yield plus(a, b)
    }
  })

const scale = (factor: Rational, u: Series): Series =>
  series(async function* () {
    for (;;) yield times(factor, await next(u))
  })

/** (u + xU)(v + xV) = uv + x(uV + vU) + x²UV */
const multiply = (u: Series, v: Series): Series =>
  series(async function* () {
    const [a, b] = await Promise.all([next(u), next(v)])
    yield times(a, b)
    const [[u1, u2], [v1, v2]] = [fork(u), fork(v)]
    const middle = add(scale(a, v1), scale(b, u1))
    yield next(middle)
    const rest = add(middle, multiply(u2, v2))
    for (;;) yield next(rest)
  })

const differentiate = (u: Series): Series =>
  series(async function* () {
    await next(u)
    for (let power = 1n; ; power += 1n) yield times(rational(power), await next(u))
  })

const integrate = (constant: Rational, u: Series): Series =>
  series(async function* () {
    yield constant
    for (let power = 1n; ; power += 1n) yield times(rational(1n, power), await next(u))
  })

/** z = exp(u) is the integral of z u′, so it is fed with itself. */
const exponential = (u: Series): Series => {
  const itself = series(async function* () {
    for (;;) yield next(back)
  })
  const [out, back] = fork(integrate(ONE, multiply(itself, differentiate(u))))
  return out
}

/** u(factor xⁿ) */
const substitute = (u: Series, factor: Rational, n: number): Series =>
  series(async function* () {
    for (let power = ONE; ; power = times(power, factor)) {
      yield times(await next(u), power)
      for (let zeros = 1; zeros < n; zeros += 1) yield ZERO
    }
  })

const first = async (many: number, u: Series): Promise<string> => {
  const coefficients: string[] = []
  while (coefficients.length < many) coefficients.push(shown(await next(u)))
  return coefficients.join(' ')
}

const ones = (): Series => repeat(ONE)
const minusOne = rational(-1n)

describe('Go: powser1', () => {
  const cases: Readonly<Record<string, readonly [Series, string]>> = {
    'the sum of ones and twos': [add(ones(), repeat(rational(2n))), '3 3 3 3 3 3 3 3 3 3'],
    'the derivative of ones': [differentiate(ones()), '1 2 3 4 5 6 7 8 9 10'],
    'the integral of ones': [integrate(ZERO, ones()), '0 1 1/2 1/3 1/4 1/5 1/6 1/7 1/8 1/9'],
    'ones less twos': [add(ones(), scale(minusOne, repeat(rational(2n)))), '-1 -1 -1 -1 -1 -1 -1 -1 -1 -1'],
    'the square of ones': [multiply(ones(), ones()), '1 2 3 4 5 6 7 8 9 10'],
    'the exponential of ones': [
      exponential(ones()),
      '1 1 3/2 13/6 73/24 167/40 4051/720 37633/5040 43817/4480 4596553/362880',
    ],
    'the arc tangent': [integrate(ZERO, substitute(ones(), minusOne, 2)), '0 1 0 -1/3 0 1/5 0 -1/7 0 1/9'],
  }
  for (const [name, [computed, expected]] of Object.entries(cases)) {
    it(`${name} comes out of the channels between their tasks`, async () => {
      assert.equal(await first(10, computed), expected)
    })
  }
})
