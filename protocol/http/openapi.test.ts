import { describe, expect, it } from 'vitest'
import { type ErrorCode, statusFor } from '../errors.ts'
import { type Operation, errorsOf, openApiDocument } from './openapi.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'
import { SOCKET_PATH } from './socket-path.ts'

const document = openApiDocument()
const routes = Object.entries<Route>(ROUTES)

function operationOf({ path, method }: Route): Operation {
  const operation = document.paths[path]?.[method.toLowerCase()]
  if (!operation) throw new Error(`${method} ${path} is not in the document`)
  return operation
}

/** Every value of a document, with the path to it. */
function walk(value: unknown, at = '#'): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[at, value]]
  return [[at, value], ...Object.entries(value).flatMap(([key, item]) => walk(item, `${at}/${key}`))]
}

function resolve(ref: string): unknown {
  return ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)
}

describe('the OpenAPI document', () => {
  it('is JSON as it stands: nothing undefined, nothing lost', () => {
    expect(JSON.parse(JSON.stringify(document))).toStrictEqual(document)
    expect(walk(document).filter(([, value]) => value === undefined)).toEqual([])
  })

  it('is OpenAPI 3.1 with a title and a version', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.info.title).not.toBe('')
    expect(document.info.version).toMatch(/^\d+$/)
    for (const path of Object.keys(document.paths)) expect(path).toMatch(/^\/v1\/[a-z/-]+$/)
  })

  it('has every route once, and nothing else', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(routes.map(([name]) => name).toSorted())
  })

  it('refers to nothing that is not there', () => {
    const refs = walk(document).filter(([at]) => at.endsWith('/$ref'))
    expect(refs.length).toBeGreaterThan(0)
    expect(refs.filter(([, ref]) => typeof ref !== 'string' || typeof resolve(ref) !== 'object')).toEqual([])
  })

  it.each(routes)('%s: names body, answer, token and each error under its status', (name, route) => {
    const operation = operationOf(route)
    expect(operation.operationId).toBe(name)
    expect(operation.summary).not.toBe('')
    expect(operation.requestBody !== undefined).toBe(route.request !== undefined)
    expect(operation.security).toEqual(route.authenticated ? [{ accessToken: [] }] : [])
    expect(operation.responses['200']).toBeDefined()
    for (const code of errorsOf(route)) {
      expect(operation.responses[String(statusFor(code))]?.description).toContain(`${code} (`)
    }
  })

  it('H-1: request bodies say that they take no other fields', () => {
    const bodies = routes.filter(([, { request }]) => request).map(([, route]) => operationOf(route).requestBody)
    for (const body of bodies) {
      expect(body?.content['application/json'].schema).toMatchObject({ type: 'object', additionalProperties: false })
    }
  })
})

describe('the route table', () => {
  it('has no address twice, and none that carries an id or a name', () => {
    const addresses = routes.map(([, { method, path }]) => `${method} ${path}`)
    expect(new Set(addresses).size).toBe(addresses.length)
    for (const path of [...routes.map(([, route]) => route.path), SOCKET_PATH]) expect(path).not.toMatch(/[:{*?]/)
  })

  it('H-7: every operation with a token may answer what is wrong with it', () => {
    const codes: ErrorCode[] = ['tokenMissing', 'tokenInvalid', 'tokenExpired', 'tokenRevoked', 'deviceRevoked']
    for (const [, route] of routes) {
      expect(codes.every((code) => errorsOf(route).includes(code))).toBe(route.authenticated)
    }
  })

  it('H-8: every operation with a token may find its relay or the database away', () => {
    for (const [, route] of routes.filter(([, { authenticated }]) => authenticated)) {
      expect(errorsOf(route)).toEqual(expect.arrayContaining(['relayUnavailable', 'databaseUnavailable']))
    }
  })
})
