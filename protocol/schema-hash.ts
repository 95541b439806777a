/** One hash over everything that a peer could notice, so that no change of the wire passes unseen. */

import { sha256 } from '@noble/hashes/sha2.js'
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { toBase64url, utf8 } from './bytes.ts'
import { KnownContent } from './content/content.ts'
import { ToldHead } from './content/head.ts'
import { pad } from './content/padding.ts'
import { DeviceList } from './device-list.ts'
import { CLOSE_CODES, ERROR_CODES, actionFor, statusFor } from './errors.ts'
import { DownFrame } from './frames/down.ts'
import { UpFrame } from './frames/up.ts'
import { loginSigningInput } from './http/auth.ts'
import { GroupDetails } from './groups/details.ts'
import { commitBinding, historyAfter, historyStart, messageBinding } from './groups/binding.ts'
import { NO_CHANGE } from './groups/change.ts'
import { credentialIdentity, leafSigningInput } from './groups/credential.ts'
import { SEND_KEY_LABEL, groupSendSigningInput } from './groups/signing.ts'
import { ErrorBody } from './http/error-body.ts'
import type { Route } from './http/route.ts'
import { ROUTES } from './http/routes.ts'
import { SOCKET_PATH } from './http/socket-path.ts'
import { mediaName, releaseVerifier } from './media/object.ts'
import { chunkNonce, objectDigest, sealLabel } from './media/seal.ts'
import { partSize, sealedSize } from './media/sizes.ts'
import { mediaTokens } from './media/tokens.ts'
import { LIMITS, PADDING_BUCKETS, SEALED_BUCKETS } from './limits.ts'
import { certificateSigningInput, issueCertificate } from './sealed/certificate.ts'
import { deliveryAccess, deliveryVerifier } from './sealed/delivery.ts'
import { sealedAdditionalData, sealedBody, sealingInfo, sealingKeyHint } from './sealed/envelope.ts'
import { deriveTokenKey, tokenCredential } from './sealed/tokens.ts'
import { PING, PONG, SOCKET_SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from './version.ts'
import { deviceListSigningInput } from './xeddsa.ts'

/** An id, and a device, that stand in the place of others. */
const ID = 'A'.repeat(22)
const ADDRESS = { account: ID, device: 1 }

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

function describeRoutes(routes: Readonly<Record<string, Route>>): object {
  return Object.fromEntries(Object.entries(routes).map(([name, route]) => [name, describeRoute(route)]))
}

/** Sealed sender: the octets that both sides make of given ones. */
function describeSealed(): object {
  const zeros = new Uint8Array(32)
  const secret = toBase64url(zeros)
  const sender = { ...ADDRESS, identityKey: `BQ${'A'.repeat(42)}` }
  const target = { ...ADDRESS, registrationId: 1, messageId: ID, ephemeral: false }
  const access = deliveryAccess(secret, ID)
  return {
    certificate: toBase64url(issueCertificate(zeros, sender, 0)),
    certificateSigned: toBase64url(certificateSigningInput(zeros)),
    info: toBase64url(sealingInfo()),
    additionalData: toBase64url(sealedAdditionalData(sealingKeyHint(zeros), target)),
    body: toBase64url(sealedBody(sealingKeyHint(zeros), Uint8Array.of(1), Uint8Array.of(2))),
    delivery: [access, deliveryVerifier(access)],
    tokenKey: toBase64url(deriveTokenKey(zeros, 1).publicKey),
    token: tokenCredential({ keyId: 1, nonce: secret, secret }, { recipient: ID, messageId: ID }),
    buckets: SEALED_BUCKETS,
  }
}

/** Media: the octets that both sides make of given ones. */
function describeMedia(): object {
  const zeros = new Uint8Array(32)
  const secret = toBase64url(zeros)
  return {
    names: [mediaName(secret), releaseVerifier(secret)],
    sizes: [0, 16_385, 1_048_561, LIMITS.mediaBytes].map(sealedSize),
    parts: [1, 2].map((part) => partSize(sealedSize(LIMITS.mediaBytes), part)),
    chunks: [sealLabel(), chunkNonce(1, false), chunkNonce(258, true)].map(toBase64url),
    digest: objectDigest([zeros]),
    tokenKey: toBase64url(mediaTokens.deriveKey(zeros, 1).publicKey),
    token: mediaTokens.credential({ keyId: 1, nonce: secret, secret }, secret),
  }
}

function describeRoute({ method, path, authenticated, anonymous, request, response, errors }: Route): object {
  return {
    method,
    path,
    authenticated,
    ...(anonymous && { anonymous }),
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
    routes: describeRoutes(ROUTES),
    sealed: describeSealed(),
    media: describeMedia(),
    errorBody: describeSchema(ErrorBody),
    errors: ERROR_CODES.toSorted().map((code) => [code, actionFor(code), statusFor(code)]),
    deviceList: describeSchema(DeviceList),
    content: describeSchema(KnownContent),
    toldHead: describeSchema(ToldHead),
    padded: toBase64url(pad(utf8('{}'))),
    signed: {
      login: toBase64url(loginSigningInput('https://relay.example', 'A'.repeat(22), 1, 'challenge')),
      deviceList: toBase64url(deviceListSigningInput(utf8('{}'))),
      leaf: toBase64url(leafSigningInput(ADDRESS, new Uint8Array(32))),
      groupSend: toBase64url(groupSendSigningInput(ID, 1, ID, false, new Uint8Array(32))),
    },
    groups: {
      details: describeSchema(GroupDetails),
      sendKeyLabel: SEND_KEY_LABEL,
      credential: toBase64url(credentialIdentity(ADDRESS, new Uint8Array(64))),
      commitBinding: toBase64url(commitBinding(ID, NO_CHANGE)),
      messageBinding: toBase64url(messageBinding(ID, historyAfter(historyStart(ID, 1), ID, utf8('{}')), undefined)),
    },
    limits: LIMITS,
    paddingBuckets: PADDING_BUCKETS,
  }
}

/** 16 octets of SHA-256 over {@link describeWire}, in base64url. */
export function wireHash(): string {
  return toBase64url(sha256(utf8(JSON.stringify(describeWire()))).subarray(0, 16))
}
