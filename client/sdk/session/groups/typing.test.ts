/** Who is typing in a group: what is sent of it, and what is believed. */

import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { utf8, toBase64url } from '#protocol/bytes.ts'
import { encodeContent } from '#protocol/content/codec.ts'
import type { KnownContent } from '#protocol/content/content.ts'
import { sendToGroup } from '#protocol/http/groups.ts'
import { decryptEphemeral, encryptEphemeral, epochOf } from '../../mls/index.ts'
import { must, randomId } from '../../mls/testing/device.ts'
import { aliceBobCarol, crowdOf, groupOf } from '../../mls/testing/group.ts'
import type { TestMember } from '../../mls/testing/member.ts'
import type { Core } from '../core.ts'
import type { EngineEvents } from '../events.ts'
import { Typists } from '../typists.ts'
import type { GroupBook } from './book.ts'
import { GroupCore } from './testing/group-core.ts'
import { GroupTyping } from './typing.ts'

type Sent = v.InferOutput<typeof sendToGroup.request>['messages'][number]

/** A relay that only hears what is sent to groups. */
class Ear {
  readonly heard: Sent[] = []
  /** Called for each request, before it is answered. */
  onRequest: () => Promise<void> = () => Promise.resolve()

  readonly fetch = async (_url: string, { body }: RequestInit): Promise<Response> => {
    const { messages } = v.parse(sendToGroup.request, JSON.parse(typeof body === 'string' ? body : ''))
    this.heard.push(...messages)
    await this.onRequest()
    return Response.json({ epoch: 0, answers: messages.map(({ messageId }) => ({ messageId, seq: 1, at: 1 })) })
  }
}

function typingOf({ core, book }: { readonly core: Core; readonly book: GroupBook }): GroupTyping {
  const typing = new GroupTyping(core, book, new Typists(core))
  typing.connected()
  return typing
}

/** What has begun in the engine's queue is done. */
const settled = async (core: Core): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) {
    await core.serial.idle()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('telling', () => {
  it('goes out as an ephemeral message that members can read, no more often than to contacts', async () => {
    const { alice, bob } = await aliceBobCarol()
    const ear = new Ear()
    const device = await GroupCore.of(alice, { fetch: ear.fetch })
    const opened = await device.open()
    const typing = typingOf(opened)
    for (const isTyping of [true, true, false, false]) {
      typing.tell(device.group, isTyping)
      await settled(opened.core)
    }
    expect(ear.heard.map(({ ephemeral, epoch }) => [ephemeral, epoch])).toEqual([
      [true, epochOf(bob.state)],
      [true, epochOf(bob.state)],
    ])
    const read = await Promise.all(ear.heard.map(async (sent) => must(await decryptEphemeral(bob.state, sent))))
    expect(read.map(({ content }) => content)).toEqual(
      [true, false].map((isTyping) => encodeContent({ kind: 'typing', typing: isTyping })),
    )
  })

  it('has stored the step of the ratchet before anything leaves, so that no key serves twice after a crash', async () => {
    const { alice, bob } = await aliceBobCarol()
    const ear = new Ear()
    const device = await GroupCore.of(alice, { fetch: ear.fetch })
    // Killed whenever a request leaves: the next process goes on from what is stored.
    ear.onRequest = () => Promise.reject(new TypeError('killed'))
    for (let life = 0; life < 3; life += 1) {
      const opened = await device.open()
      typingOf(opened).tell(device.group, true)
      await settled(opened.core)
    }
    const read = await Promise.all(ear.heard.map(async (sent) => must(await decryptEphemeral(bob.state, sent))))
    expect(read.map(({ generation }) => generation)).toEqual([1, 2, 3])
  })

  it('sends nothing when the step cannot be stored, when the setting is off, or when a text went out meanwhile', async () => {
    const { alice } = await aliceBobCarol()
    const ear = new Ear()
    const device = await GroupCore.of(alice, { fetch: ear.fetch })
    const opened = await device.open()
    const typing = typingOf(opened)
    device.failNextCommit()
    typing.tell(device.group, true)
    await settled(opened.core)
    typing.sent(device.group)
    typing.tell(device.group, true)
    typing.sent(device.group)
    await settled(opened.core)
    opened.core.settings = { ...opened.core.settings, typing: false }
    typing.tell(device.group, true)
    await settled(opened.core)
    expect(ear.heard).toEqual([])
  })

  it('is left out in a large group', async () => {
    const { alice } = await crowdOf(51, 1)
    const ear = new Ear()
    const device = await GroupCore.of(alice, { fetch: ear.fetch })
    const opened = await device.open()
    typingOf(opened).tell(device.group, true)
    await settled(opened.core)
    expect(ear.heard).toEqual([])
  })
})

describe('hearing', () => {
  /** A device that listens, and what it tells its application. */
  async function listener(member: TestMember) {
    const device = await GroupCore.of(member)
    const opened = await device.open()
    const told: EngineEvents['typing'][] = []
    opened.core.events.on('typing', (event) => told.push(event))
    const typing = typingOf(opened)
    const hear = async (...notices: readonly { messageId: string; body: string }[]) => {
      for (const notice of notices) typing.received({ type: 'groupEphemeral', group: device.group, at: 0, ...notice })
      await settled(opened.core)
    }
    return { ...opened, told, hear, accounts: () => told.map(({ accounts }) => accounts) }
  }

  async function noticeOf(member: TestMember, content: KnownContent) {
    const messageId = randomId()
    const { state, body } = must(await encryptEphemeral(member.state, messageId, encodeContent(content)))
    member.state = state
    return { messageId, body: toBase64url(body) }
  }

  const typed = (typing: boolean) => ({ kind: 'typing', typing }) as const
  const accountOf = ({ device }: TestMember) => device.address.account

  it('tells who is typing, who began first before the others', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const { hear, accounts } = await listener(alice)
    await hear(await noticeOf(carol, typed(true)), await noticeOf(bob, typed(true)), await noticeOf(carol, typed(true)))
    await hear(await noticeOf(carol, typed(false)))
    const [b, c] = [accountOf(bob), accountOf(carol)]
    expect(accounts()).toEqual([[c], [c, b], [b]])
  })

  it('ignores what is repeated, overtaken, forged, something else, or from another own device', async () => {
    const { members } = await groupOf(2, 2)
    const [alice, ownOther, bob] = members as [TestMember, TestMember, TestMember]
    const { hear, accounts } = await listener(alice)
    const [began, ended] = [await noticeOf(bob, typed(true)), await noticeOf(bob, typed(false))]
    await hear(began, ended, began, ended)
    expect(accounts()).toEqual([[accountOf(bob)], []])
    const forged = { ...(await noticeOf(bob, typed(true))), messageId: randomId() }
    await hear(forged, await noticeOf(ownOther, typed(true)), await noticeOf(bob, { kind: 'text', body: 'typing' }))
    await hear({ messageId: randomId(), body: toBase64url(utf8('nothing')) })
    expect(accounts()).toHaveLength(2)
  })

  it('drops what comes faster than it is read', async () => {
    const { alice, bob } = await aliceBobCarol()
    const { hear, accounts } = await listener(alice)
    const notices: Awaited<ReturnType<typeof noticeOf>>[] = []
    for (let at = 0; at < 24; at += 1) notices.push(await noticeOf(bob, typed(at % 2 === 0)))
    await hear(...notices)
    expect(accounts()).toHaveLength(16)
  })
})
