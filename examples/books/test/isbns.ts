/** Those of `gateway/fake.ts`. */
export const HOBBIT = '9780261103344'
export const SILMARILLION = '9780261102217'
export const MR_FOX = '9780140328721'
export const FAILING = '9780000000002'
export const UNKNOWN = '9780000000019'
