/** The OpenAPI document (3.1) of the route table: made from the schemas that parse, so that it cannot say something else. */

import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { ERRORS, type ErrorCode, actionFor, statusFor } from '../errors.ts'
import { PROTOCOL_VERSION } from '../version.ts'
import { ErrorBody } from './error-body.ts'
import { BODY_ERRORS, COMMON_ERRORS, type Route, TOKEN_ERRORS } from './route.ts'
import { ROUTES } from './routes.ts'

/** The parts of an OpenAPI operation that this project uses. */
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly requestBody?: { readonly required: true; readonly content: JsonContent }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: JsonContent }>>
}

interface JsonContent {
  readonly 'application/json': { readonly schema: object }
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
}

/** Every code that a route may answer. */
export function errorsOf(route: Route): readonly ErrorCode[] {
  return [
    ...route.errors,
    ...(route.request ? BODY_ERRORS : []),
    ...(route.authenticated ? TOKEN_ERRORS : []),
    ...COMMON_ERRORS,
  ]
}

/** JSON Schema of what a schema takes. Checks that JSON Schema cannot say (octet lengths, canonical base64url) are left out. */
function jsonSchema(schema: v.GenericSchema): object {
  const { $schema: _, ...rest } = toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' })
  return rest
}

function content(schema: object): JsonContent {
  return { 'application/json': { schema } }
}

function describeCodes(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `${code} (${actionFor(code)}): ${ERRORS[code]}`).join('\n')
}

function operation(name: string, route: Route): Operation {
  const failures = new Map<number, ErrorCode[]>()
  for (const code of new Set(errorsOf(route))) {
    failures.set(statusFor(code), [...(failures.get(statusFor(code)) ?? []), code])
  }
  return {
    operationId: name,
    summary: route.summary,
    security: route.authenticated ? [{ accessToken: [] }] : [],
    ...(route.request && { requestBody: { required: true, content: content(jsonSchema(route.request)) } }),
    responses: {
      200: { description: 'Done.', content: content(jsonSchema(route.response)) },
      ...Object.fromEntries(
        [...failures]
          .toSorted(([left], [right]) => left - right)
          .map(([status, codes]) => [
            status,
            { description: describeCodes(codes), content: content({ $ref: '#/components/schemas/Error' }) },
          ]),
      ),
    },
  }
}

/** The document of this protocol version. */
export function openApiDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(name, route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'SilentRelay',
      version: String(PROTOCOL_VERSION),
      description: 'The HTTP half of the wire. The socket, and the rules behind both, are in protocol/SPEC.md.',
    },
    paths,
    components: {
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Error: jsonSchema(ErrorBody) },
    },
  }
}
