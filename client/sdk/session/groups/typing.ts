/** "… is typing" in groups: ephemeral messages of the group. Nothing waits for them, and what fails of them is forgotten. */

import { toBase64url } from '#protocol/bytes.ts'
import { decodeContent, encodeContent } from '#protocol/content/codec.ts'
import type { GroupEphemeral } from '#protocol/frames/group.ts'
import { sendToGroup } from '#protocol/http/groups.ts'
import type { DecryptedEphemeral } from '../../mls/messages.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { drawMessageId } from '../message-id.ts'
import { type Typists, TypingPace } from '../typists.ts'
import type { GroupBook } from './book.ts'
import { loadMls } from './mls.ts'

/**
 * In groups with more accounts nobody tells, or hears, who is typing: each notice goes to every connected device of every
 * member, and while one person writes there is one each four seconds.
 */
export const TYPING_MEMBERS = 50
/** Notices of one group that wait to be read; what comes beyond it is dropped. */
const MOST_WAITING = 16

export class GroupTyping {
  readonly #core: Core
  readonly #book: GroupBook
  readonly #typists: Typists
  readonly #pace = new TypingPace()
  /** Notices that are being read, by group. */
  readonly #waiting = new Map<string, number>()
  /** The newest notice of each device in a group's present epoch, by its generation. */
  readonly #newest = new Map<string, { readonly epoch: number; readonly of: Map<string, number> }>()
  #isOnline = false

  constructor(core: Core, book: GroupBook, typists: Typists) {
    this.#core = core
    this.#book = book
    this.#typists = typists
  }

  connected(): void {
    this.#isOnline = true
  }

  disconnected(): void {
    this.#isOnline = false
  }

  /** Tells a group, unless it was told just now, the setting is off, or it is large. Nobody waits for it. */
  tell(group: string, typing: boolean): void {
    if (!this.#isOnline || !this.#core.settings.typing) return
    if (!this.#pace.isDue(group, typing, this.#core.now())) return
    void this.#tell(group, typing).catch(() => undefined)
  }

  /** A message was sent. */
  sent(group: string): void {
    this.#pace.sent(group)
  }

  /** Reads what was pushed. Nobody waits for it. */
  received(frame: GroupEphemeral): void {
    const { group } = frame
    const waiting = this.#waiting.get(group) ?? 0
    if (waiting >= MOST_WAITING) return
    this.#waiting.set(group, waiting + 1)
    void this.#read(frame)
      .catch(() => undefined)
      .finally(() => {
        const left = (this.#waiting.get(group) ?? 1) - 1
        if (left > 0) this.#waiting.set(group, left)
        else this.#waiting.delete(group)
      })
  }

  async #tell(group: string, typing: boolean): Promise<void> {
    const message = await this.#core.transact((draft) => this.#seal(draft, group, typing))
    // Once, whatever becomes of it: by now the key that it took is gone from the store.
    if (message !== undefined) await this.#core.http.call(sendToGroup, { group, messages: [message] })
  }

  async #seal(draft: Draft, group: string, typing: boolean) {
    const record = await this.#book.record(draft, group)
    // A text was sent while this waited for its turn, or typing began anew.
    if (record?.stage !== 'joined' || this.#pace.isTold(group) !== typing) return undefined
    const state = await this.#book.state(draft, group)
    const { encryptEphemeral, epochOf, isRefusal, membersIn, signSend } = await loadMls()
    if (state === undefined || membersIn(state).accounts.length > TYPING_MEMBERS) return undefined
    const [messageId, epoch] = [drawMessageId(), epochOf(state)]
    const made = await encryptEphemeral(state, messageId, encodeContent({ kind: 'typing', typing }))
    if (isRefusal(made)) return undefined
    const { body } = made
    const proof = await signSend(made.state.sendKey, { group, epoch, messageId, body, isEphemeral: true })
    await this.#book.save(draft, group, record, state, made.state)
    return { messageId, epoch, body: toBase64url(body), proof, ephemeral: true }
  }

  /** In the engine's queue, as the log is: so no notice is shown after the message that it announced. */
  async #read({ group, messageId, body }: GroupEphemeral): Promise<void> {
    const { decryptEphemeral, epochOf, isRefusal, membersIn } = await loadMls()
    await this.#core.transact(async (draft) => {
      const record = await this.#book.record(draft, group)
      const state = record?.stage === 'joined' ? await this.#book.state(draft, group) : undefined
      if (state === undefined || membersIn(state).accounts.length > TYPING_MEMBERS) return
      const read = await decryptEphemeral(state, { messageId, body })
      if (isRefusal(read) || !this.#isNew(group, epochOf(state), read)) return
      const content = decodeContent(read.content)
      const { account } = read.from
      if (content?.kind !== 'typing' || account === this.#core.requireAccount().account) return
      draft.announce(() => this.#typists.heard(group, account, content.typing))
    })
  }

  /** Whether this is newer than everything of its device in this epoch: notices overtake each other, and relays repeat them. */
  #isNew(group: string, epoch: number, { from, generation }: DecryptedEphemeral): boolean {
    const known = this.#newest.get(group)
    const newest = known?.epoch === epoch ? known : { epoch, of: new Map<string, number>() }
    const device = `${from.account} ${from.device}`
    if ((newest.of.get(device) ?? 0) >= generation) return false
    newest.of.set(device, generation)
    this.#newest.set(group, newest)
    return true
  }
}
