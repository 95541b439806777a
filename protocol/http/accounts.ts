import * as v from 'valibot'
import { SignedDeviceList } from '../device-list.ts'
import { LIMITS } from '../limits.ts'
import { PrekeyUpload } from '../prekeys.ts'
import { AccountId, Timestamp, integer } from '../primitives.ts'
import { KeyLogConfiguration } from './key-log.ts'
import { MediaConfiguration } from './media-configuration.ts'
import { PushConfiguration } from './push.ts'
import { route } from './route.ts'

/** A username as typed; the relay normalises it. Longer than the limit, because normalisation can shorten. */
export const TypedUsername = v.pipe(v.string(), v.minLength(1), v.maxLength(4 * LIMITS.usernameMax))

export const InviteCode = v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.inviteCodeMax))

export const register = route({
  method: 'POST',
  path: '/v1/accounts',
  summary: 'Register an account with its first device. Repeating the same request is harmless.',
  authenticated: false,
  request: v.strictObject({
    /** Drawn by the client, so that it can sign the list that names it and can repeat a request whose answer got lost. */
    account: AccountId,
    /** Version 1, with exactly one device. */
    deviceList: SignedDeviceList,
    prekeys: PrekeyUpload,
    username: v.optional(TypedUsername),
    invite: v.optional(InviteCode),
  }),
  response: v.object({ account: AccountId, username: v.optional(v.string()) }),
  errors: [
    'accountTaken',
    'usernameTaken',
    'usernameInvalid',
    'usernameReserved',
    'registrationClosed',
    'inviteRequired',
    'inviteInvalid',
    'deviceListInvalid',
    'prekeyInvalid',
    'databaseUnavailable',
    'relayUnavailable',
  ],
})

export const claimUsername = route({
  method: 'PUT',
  path: '/v1/username',
  summary: 'Claim a username in place of the current one, which is held back from others for 30 days.',
  authenticated: true,
  request: v.strictObject({ username: TypedUsername }),
  response: v.object({ username: v.string() }),
  errors: ['usernameTaken', 'usernameInvalid', 'usernameReserved', 'databaseUnavailable'],
})

export const releaseUsername = route({
  method: 'DELETE',
  path: '/v1/username',
  summary: 'Give the username up.',
  authenticated: true,
  request: undefined,
  response: v.object({}),
  errors: ['databaseUnavailable'],
})

export const findUsername = route({
  method: 'POST',
  path: '/v1/usernames/lookup',
  summary: 'The account that has a username.',
  authenticated: true,
  request: v.strictObject({ username: TypedUsername }),
  response: v.object({ account: AccountId, username: v.string() }),
  errors: ['usernameNotFound', 'databaseUnavailable'],
})

export const configuration = route({
  method: 'GET',
  path: '/v1/configuration',
  summary: 'What a client has to know before it registers.',
  authenticated: false,
  request: undefined,
  response: v.object({
    protocolVersion: integer(1),
    registration: v.picklist(['open', 'invite', 'closed']),
    now: Timestamp,
    /** Where the deployment keeps a log of its accounts' keys. */
    keyLog: v.optional(KeyLogConfiguration),
    /** Where it keeps media. */
    media: v.optional(MediaConfiguration),
    /** Where devices that are not connected can be woken. */
    push: v.optional(PushConfiguration),
  }),
  errors: [],
})
