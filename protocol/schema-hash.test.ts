import * as v from 'valibot'
import { expect, it } from 'vitest'
import { describeWire, wireHash } from './schema-hash.ts'
import { PROTOCOL_HASH, PROTOCOL_VERSION, SOCKET_SUBPROTOCOL } from './version.ts'

it('the wire is the one that this protocol version names', () => {
  const hash = wireHash()
  const changed =
    `The wire is not the one of version ${PROTOCOL_VERSION} any more. If a client or a relay that is in use could ` +
    'misunderstand the new one, raise PROTOCOL_VERSION in protocol/version.ts. In any case bring protocol/SPEC.md up ' +
    `to date, and set PROTOCOL_HASH, beside the version, to ${hash}.`
  expect(hash === PROTOCOL_HASH ? 'as it was' : changed).toBe('as it was')
})

it('the hash covers checks that JSON Schema cannot express, such as octet lengths', () => {
  const wire = JSON.stringify(describeWire())
  expect(wire).toContain('not 1 to 65536 octets')
  expect(wire).toContain('not canonical base64url')
  expect(wire).toContain('not by ascending id')
  expect(wire).toContain('a device twice')
})

it('the subprotocol names the version', () => {
  expect(SOCKET_SUBPROTOCOL).toBe(`silentrelay.v${PROTOCOL_VERSION}`)
  expect(v.is(v.pipe(v.string(), v.regex(/^[a-z0-9.]+$/)), SOCKET_SUBPROTOCOL)).toBe(true)
})
