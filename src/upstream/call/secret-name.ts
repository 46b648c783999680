const PARTS =
  /passw|passphrase|passcode|pwd|secret|token|authorization|cookie|credential|session|signature|jwt|(?:api|access|account|auth|client|encryption|license|master|private|shared|signing|subscription)key/
/** Too short to be looked for inside of other names: `author` and `assignee` are nobody's secret. */
const WHOLE: ReadonlySet<string> = new Set(['auth', 'xauth', 'otp', 'pass', 'pin', 'sid', 'sig'])

/** Whether what a header, a field or a parameter of this name holds is for nobody to read: `X-Api-Key`, `clientSecret`, `user[password]`. */
export function isSecretName(name: string): boolean {
  const letters = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return PARTS.test(letters) || WHOLE.has(letters)
}
