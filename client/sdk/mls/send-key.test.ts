/** The key by which members prove to the relay that they are some member (SPEC, T-6 and U-5). */

import { sha256 } from '@noble/hashes/sha2.js'
import { expect, it } from 'vitest'
import { fromBase64url, utf8 } from '#protocol/bytes.ts'
import { groupSendSigningInput } from '#protocol/groups/signing.ts'
import { epochOf } from './group-state.ts'
import { ed25519 } from './primitives.ts'
import { signSend } from './send-key.ts'
import { randomId } from './testing/device.ts'
import { aliceBobCarol } from './testing/group.ts'

it('every member of an epoch signs by the same key, which the relay verifies over what T-6 says', async () => {
  const { alice, bob } = await aliceBobCarol()
  const { sendKey, group } = alice.state
  const messageId = randomId()
  const sent = { group, epoch: epochOf(bob.state), messageId, body: utf8('body'), isEphemeral: false }
  const signature = fromBase64url(await signSend(bob.state.sendKey, sent))
  const input = (isEphemeral: boolean, body = 'body') =>
    groupSendSigningInput(group, 1, messageId, isEphemeral, sha256(utf8(body)))
  const key = fromBase64url(sendKey.publicKey)
  expect(await ed25519.verify(key, input(false), signature)).toBe(true)
  expect(await ed25519.verify(key, input(true), signature)).toBe(false)
  expect(await ed25519.verify(key, input(false, 'Body'), signature)).toBe(false)
})

it('is another one in each epoch and each group', async () => {
  const { alice, bob } = await aliceBobCarol()
  const first = bob.state.sendKey.publicKey
  await alice.change({})
  await bob.read()
  const other = await aliceBobCarol()
  const keys = [first, bob.state.sendKey.publicKey, other.bob.state.sendKey.publicKey]
  expect(new Set(keys).size).toBe(3)
  expect(alice.state.sendKey.publicKey).toBe(bob.state.sendKey.publicKey)
})
