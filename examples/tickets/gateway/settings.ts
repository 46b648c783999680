import type { GatewayOptions } from './gateway.ts'

/** The port in the examples of the real APIs. */
const DEFAULT_PORT = 8_888

/** What the environment says of a gateway: `PORT` (8888), `SEED` and `FAIL_RATE`. Their ranges are checked at its start. */
export function gatewaySettings(env: NodeJS.ProcessEnv): GatewayOptions {
  return {
    port: numberIn(env, 'PORT') ?? DEFAULT_PORT,
    seed: numberIn(env, 'SEED'),
    failRate: numberIn(env, 'FAIL_RATE'),
  }
}

/** An empty variable is as good as none. */
function numberIn(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name]?.trim() ?? ''
  if (text === '') return undefined
  const number = Number(text)
  if (Number.isFinite(number)) return number
  throw new RangeError(`${name} must be a number, got ${JSON.stringify(text)}`)
}
