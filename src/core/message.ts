import type { Context, Task } from './task.ts'

export type { JobId } from './job-id.ts'

// biome-ignore lint: a constraint that must take every payload; it never reaches an inferred type.
// oxlint-disable-next-line typescript/no-explicit-any
type Anything = any

/** A handler, or what `task()` made. `never`: a payload without a type has no fields to read, instead of being any. */
export type AnyTask = ((payload: never, context: Context) => unknown) | Task<Anything, Anything, unknown>

/** The tasks of a worker, by name. */
export interface Tasks {
  readonly [name: string]: AnyTask
}

type First<Parameters extends readonly unknown[]> = Parameters extends readonly []
  ? object
  : Parameters extends readonly [(infer P)?, ...unknown[]]
    ? P
    : object

type NoFields<P> = [P] extends [never] ? object : P

/** What a sender gives to a task. */
export type PayloadOf<T> =
  T extends Task<infer Input, Anything, Anything>
    ? Input
    : T extends (...parameters: infer Parameters) => unknown
      ? NoFields<First<Parameters>>
      : never

/** What a task's `run` ends with. */
export type ResultOf<T> =
  T extends Task<Anything, Anything, infer Result>
    ? Result
    : T extends (...parameters: Anything) => infer Result
      ? Awaited<Result>
      : never

type Unserializable =
  | bigint
  | symbol
  | Date
  | ReadonlyMap<Anything, Anything>
  | ReadonlySet<Anything>
  | ((...parameters: Anything) => unknown)

/** What JSON leaves as it is. `undefined`: a field that it leaves out. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

/** What is left of a value after JSON; `never` marks what would be lost. */
type Json<T> = T extends JsonValue
  ? T
  : T extends Unserializable
    ? never
    : T extends object
      ? { [K in keyof T]: Json<T[K]> }
      : never

/** `unknown` for what JSON leaves as it is, a `Problem` for all else. */
export type Survives<P> = [P] extends [Json<P>]
  ? unknown
  : Problem<'a payload must survive JSON: no Date, Map, Set, bigint or function in it'>

type IsAny<T> = 0 extends 1 & T ? true : false
type KeysOf<P> = P extends unknown ? keyof P : never

declare const problem: unique symbol

/** Shown by the compiler where a payload cannot be sent or published. */
export interface Problem<Sentence extends string> {
  readonly [problem]: Sentence
}

type Fits<P> = [P] extends [never]
  ? unknown
  : IsAny<P> extends true
    ? unknown
    : [P] extends [object]
      ? [P] extends [readonly unknown[]]
        ? Problem<'a payload must be an object with named fields'>
        : 'task' extends KeysOf<P>
          ? Problem<'a payload cannot have a field named "task": it names the task in the message'>
          : Survives<P>
      : Problem<'a payload must be an object with named fields'>

/** `unknown` for every task whose payload can be sent, a `Problem` for the others. */
export type Check<T> = { readonly [K in keyof T]: Fits<PayloadOf<T[K]>> }

type Show<T> = { [K in keyof T]: T[K] }
type MessageFor<Name, P> = P extends unknown ? Show<{ readonly task: Name } & { readonly [K in keyof P]: P[K] }> : never

/** Every message that a worker with these tasks takes: flat, `{ task, ...payload }`. */
export type MessageOf<T> = { [Name in keyof T & string]: MessageFor<Name, PayloadOf<T[Name]>> }[keyof T & string]
