import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { InvalidRecordError } from './errors.ts'
import { fromJsonText, MAX_VALUE_DEPTH, toJsonText } from './json-text.ts'
import type { Json } from './store.ts'

const nested = (depth: number): Json => (depth === 0 ? 1 : [nested(depth - 1)])

describe('JSON text', () => {
  it('takes objects of another realm and objects without a prototype', () => {
    expect(toJsonText(runInNewContext('({ a: [1] })') as Json)).toBe('{"a":[1]}')
    expect(toJsonText(Object.assign(Object.create(null) as object, { a: 1 }))).toBe('{"a":1}')
  })

  it('keeps a property named __proto__ as data', () => {
    const back = fromJsonText(toJsonText(JSON.parse('{"__proto__":{"admin":true}}') as Json)) as object
    expect(Object.hasOwn(back, '__proto__')).toBe(true)
    expect('admin' in back).toBe(false)
  })

  it('bounds the depth of a value', () => {
    expect(fromJsonText(toJsonText(nested(MAX_VALUE_DEPTH)))).toEqual(nested(MAX_VALUE_DEPTH))
    expect(() => toJsonText(nested(MAX_VALUE_DEPTH + 1))).toThrow(InvalidRecordError)
  })
})
