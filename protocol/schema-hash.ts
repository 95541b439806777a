/** One hash over everything that a peer could notice, so that no change of the wire passes unseen. */

import { sha256 } from '@noble/hashes/sha2.js'
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { toBase64url, utf8 } from './bytes.ts'
import { KnownContent } from './content/content.ts'
import { pad } from './content/padding.ts'
import { DeviceList } from './device-list.ts'
import { CLOSE_CODES, ERROR_CODES, actionFor, statusFor } from './errors.ts'
import { DownFrame } from './frames/down.ts'
import { UpFrame } from './frames/up.ts'
import { loginSigningInput } from './http/auth.ts'
import { ErrorBody } from './http/error-body.ts'
import type { Route } from './http/route.ts'
import { ROUTES, SOCKET_PATH } from './http/routes.ts'
import { LIMITS, PADDING_BUCKETS } from './limits.ts'
import { PING, PONG, SOCKET_SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from './version.ts'
import { deviceListSigningInput } from './xeddsa.ts'

/** JSON Schema, and in the place of each check that JSON Schema cannot express, the check's message. */
function describeSchema(schema: v.GenericSchema): object {
  return toJsonSchema(schema, {
    errorMode: 'ignore',
    typeMode: 'input',
    overrideAction: ({ valibotAction, jsonSchema }) => {
      if (valibotAction.type !== 'check' || !('message' in valibotAction)) return undefined
      const checks = [jsonSchema.$comment, String(valibotAction.message)].filter((text) => text !== undefined)
      return { ...jsonSchema, $comment: checks.join('; ') }
    },
  })
}

function describeRoute({ method, path, authenticated, request, response, errors }: Route): object {
  return {
    method,
    path,
    authenticated,
    request: request ? describeSchema(request) : null,
    response: describeSchema(response),
    errors: errors.toSorted(),
  }
}

/** All that the hash covers, as plain data: what to compare when it changed. */
export function describeWire(): object {
  return {
    socket: [SOCKET_PATH, SOCKET_SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX, PING, PONG, CLOSE_CODES],
    frames: { up: describeSchema(UpFrame), down: describeSchema(DownFrame) },
    routes: Object.fromEntries(Object.entries<Route>(ROUTES).map(([name, route]) => [name, describeRoute(route)])),
    errorBody: describeSchema(ErrorBody),
    errors: ERROR_CODES.toSorted().map((code) => [code, actionFor(code), statusFor(code)]),
    deviceList: describeSchema(DeviceList),
    content: describeSchema(KnownContent),
    padded: toBase64url(pad(utf8('{}'))),
    signed: {
      login: toBase64url(loginSigningInput('https://relay.example', 'A'.repeat(22), 1, 'challenge')),
      deviceList: toBase64url(deviceListSigningInput(utf8('{}'))),
    },
    limits: LIMITS,
    paddingBuckets: PADDING_BUCKETS,
  }
}

/** 16 octets of SHA-256 over {@link describeWire}, in base64url. */
export function wireHash(): string {
  return toBase64url(sha256(utf8(JSON.stringify(describeWire()))).subarray(0, 16))
}
