import { InvalidRecordError } from './errors.ts'
import type { Json } from './store.ts'

/** Deepest nesting of a value. Records are shallow; the bound turns a cycle into a named error, not a stack overflow. */
export const MAX_VALUE_DEPTH = 64

/**
 * The text that every store keeps for a value: so all of them return the same data, detached from the caller's object.
 * `undefined` properties are left out and `-0` becomes `0`, as in JSON.
 *
 * @throws InvalidRecordError where JSON would silently lose or change something else: functions, symbols, bigints,
 *   non-finite numbers, array holes, class instances (dates, maps, octets), cycles.
 */
export function toJsonText(value: Json): string {
  assertJson(value, 0)
  return JSON.stringify(value)
}

/** The value of a text that {@link toJsonText} made. */
export function fromJsonText(text: string): Json {
  return JSON.parse(text) as Json
}

function assertJson(value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      if (Number.isFinite(value)) return
      throw new InvalidRecordError('A value holds a number that is not finite.')
    case 'object':
      if (value === null) return
      if (depth >= MAX_VALUE_DEPTH) throw new InvalidRecordError(`A value nests deeper than ${MAX_VALUE_DEPTH}.`)
      return Array.isArray(value) ? assertArray(value, depth) : assertPlainObject(value, depth)
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw new InvalidRecordError(`A value holds a ${typeof value}, which is not JSON.`)
  }
}

function assertArray(array: readonly unknown[], depth: number): void {
  // A hole has no key, a named property has one too many.
  if (Object.keys(array).length !== array.length) throw new InvalidRecordError('A value holds a sparse array.')
  for (const element of array) assertJson(element, depth + 1)
}

function assertPlainObject(object: object, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(object)
  // Another realm's Object.prototype is as good as ours: an engine may be handed objects from a page or a worker.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new InvalidRecordError('A value holds a class instance, which is not JSON.')
  }
  if (Object.getOwnPropertySymbols(object).length > 0) throw new InvalidRecordError('A value has a symbol as a key.')
  for (const property of Object.values(object)) if (property !== undefined) assertJson(property, depth + 1)
}
