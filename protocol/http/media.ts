/**
 * Media over HTTP (SPEC, "Media"). Who stores, fetches or ends an object does not say who it is: tokens pay, a capability
 * fetches, a release ends. The octets themselves go by the storage's own addresses, which these operations give out.
 */

import * as v from 'valibot'
import { TokenAnswer, TokenCredential, TokenRequest } from '../token-wire.ts'
import { LIMITS } from '../limits.ts'
import { MediaCapability, MediaName, MediaRelease, SealedBytes } from '../media/object.ts'
import { MAX_SEALED_BYTES, partCount, tokensFor } from '../media/sizes.ts'
import { Timestamp, integer, listOf } from '../primitives.ts'
import { route } from './route.ts'

const HOUR = 60 * 60_000
const MAX_PARTS = partCount(MAX_SEALED_BYTES)

/** Of an upload, from 1. */
const Part = integer(1, MAX_PARTS)

/** As the storage gave it for a part, without quotation marks. */
const Etag = v.pipe(v.string(), v.regex(/^[\w+/=-]{1,512}$/, 'not an etag'))

const Tokens = listOf(TokenCredential, tokensFor(MAX_SEALED_BYTES), 1)

/** Where octets are sent, or fetched from. Good until then, for whoever has it. */
const SignedUrl = v.pipe(v.string(), v.url(), v.maxLength(4_096))

/** Where parts are put: by PUT, each with exactly its octets. */
const PartUrls = v.object({
  parts: v.array(v.object({ part: Part, url: SignedUrl })),
  /** By the relay's clock. */
  until: Timestamp,
})

export const issueMediaTokens = route({
  method: 'POST',
  path: '/v1/media/tokens',
  summary:
    'Evaluates blinded inputs into tokens, each of which stores 10 MiB for 30 days. Who spends one is not learned.',
  authenticated: true,
  request: TokenRequest,
  response: TokenAnswer,
  errors: ['mediaNotOffered'],
})

export const createMedia = route({
  method: 'POST',
  path: '/v1/media/uploads',
  summary: 'Begins an object of some size and answers where its parts are put. Repeating it is harmless.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({
    name: MediaName,
    release: MediaRelease,
    bytes: SealedBytes,
    /** How long it is kept once it is complete. */
    hours: integer(1, LIMITS.mediaTtl / HOUR),
    tokens: Tokens,
  }),
  response: v.variant('state', [
    v.object({ state: v.literal('uploading'), ...PartUrls.entries }),
    v.object({ state: v.literal('complete') }),
  ]),
  errors: ['mediaNotOffered', 'mediaTaken', 'mediaTokenInvalid', 'mediaUnavailable', 'databaseUnavailable'],
})

export const resumeMedia = route({
  method: 'POST',
  path: '/v1/media/uploads/resume',
  summary: 'Answers whether an upload is complete, else new addresses for its parts.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({ name: MediaName, release: MediaRelease, parts: listOf(Part, MAX_PARTS) }),
  response: createMedia.response,
  errors: ['mediaNotOffered', 'mediaNotFound', 'databaseUnavailable'],
})

export const completeMedia = route({
  method: 'POST',
  path: '/v1/media/uploads/complete',
  summary: 'Makes one object of its parts, of exactly the octets that were announced. Repeating it is harmless.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({
    name: MediaName,
    release: MediaRelease,
    /** Of each part, in order. */
    etags: listOf(Etag, MAX_PARTS, 1),
  }),
  response: v.object({ expiresAt: Timestamp }),
  errors: ['mediaNotOffered', 'mediaNotFound', 'mediaIncomplete', 'mediaUnavailable', 'databaseUnavailable'],
})

export const fetchMedia = route({
  method: 'POST',
  path: '/v1/media/fetch',
  summary: 'Where an object can be fetched, by GET, also in ranges. Whether there is one, the storage says.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({ object: MediaCapability }),
  response: v.object({ url: SignedUrl, until: Timestamp }),
  errors: ['mediaNotOffered'],
})

export const renewMedia = route({
  method: 'POST',
  path: '/v1/media/renew',
  summary: 'Keeps an object for 30 days from now on.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({ object: MediaCapability, tokens: Tokens }),
  response: v.object({ expiresAt: Timestamp }),
  errors: ['mediaNotOffered', 'mediaNotFound', 'mediaTokenInvalid', 'databaseUnavailable'],
})

export const deleteMedia = route({
  method: 'POST',
  path: '/v1/media/delete',
  summary: 'Ends an object, or an upload. Repeating it is harmless.',
  authenticated: false,
  anonymous: true,
  request: v.strictObject({ name: MediaName, release: MediaRelease }),
  response: v.object({}),
  errors: ['mediaNotOffered', 'mediaNotFound', 'mediaUnavailable', 'databaseUnavailable'],
})
