import * as v from 'valibot'
import { PushTarget } from '../push.ts'
import { route } from './route.ts'

/** In `configuration`: that there are pushes, and the key (RFC 8292) that a browser's subscription is for. */
export const PushConfiguration = v.object({ applicationServerKey: v.optional(v.string()) })

export const subscribePush = route({
  method: 'PUT',
  path: '/v1/push-subscription',
  summary: 'Say where this device is to be woken when it is not connected, in place of what it said before.',
  authenticated: true,
  request: v.strictObject({ target: PushTarget }),
  response: v.object({}),
  errors: ['pushNotOffered'],
})

export const unsubscribePush = route({
  method: 'DELETE',
  path: '/v1/push-subscription',
  summary: 'Have this device not woken any more. Repeating it is harmless.',
  authenticated: true,
  request: undefined,
  response: v.object({}),
  errors: [],
})
