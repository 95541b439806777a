/** The commands about groups. */

import type { GroupRole } from '#protocol/groups/roles.ts'
import { type GroupPolicy, MAY_MANAGE, isAtLeast } from '#protocol/groups/roles.ts'
import { GroupId } from '#protocol/groups/entries.ts'
import { LinkSecret } from '#protocol/groups/details.ts'
import * as v from 'valibot'
import type { Engine, GroupMember } from '#sdk/index.ts'
import type { EngineApi, GroupMemberView, GroupView } from '../api.ts'
import { RefusedError } from '../failure.ts'
import type { Names } from './names.ts'
import type { Rows } from './rows.ts'

export type GroupApi = Pick<
  EngineApi,
  | 'createGroup'
  | 'renewGroup'
  | 'group'
  | 'addToGroup'
  | 'removeFromGroup'
  | 'setGroupRole'
  | 'changeGroup'
  | 'leaveGroup'
  | 'createGroupLink'
  | 'revokeGroupLink'
  | 'joinGroup'
  | 'rejoinGroup'
  | 'readersOf'
>

export class GroupService implements GroupApi {
  readonly #engine: Engine
  readonly #rows: Rows
  readonly #names: Names
  readonly #relay: string

  /** @param relay origin of the relay, where links lead to */
  constructor(engine: Engine, rows: Rows, names: Names, relay: string) {
    this.#engine = engine
    this.#rows = rows
    this.#names = names
    this.#relay = relay
  }

  async createGroup(
    name: string,
    accounts: readonly string[],
  ): Promise<{ id: string; unreachable: readonly string[] }> {
    const { group, unreachable } = await this.#engine.groups.create(name, accounts)
    await this.#rows.idle()
    return { id: group, unreachable }
  }

  async renewGroup(conversation: string): Promise<{ id: string; unreachable: readonly string[] }> {
    const { group, unreachable } = await this.#engine.groups.renew(conversation)
    await this.#rows.idle()
    return { id: group, unreachable }
  }

  async group(conversation: string): Promise<GroupView> {
    const { members, links, role, slowMode, timer, history, suite, successor, ...group } =
      await this.#engine.groups.view(conversation)
    const isManager = isAtLeast(role, MAY_MANAGE)
    return {
      id: group.id,
      name: group.name,
      stage: group.stage,
      role,
      members: members.length,
      list: members.map((member) => this.#memberView(member)),
      policy: group.policy,
      links: isManager ? links.map(({ id, secret }) => ({ id, url: this.#urlOf(conversation, secret) })) : [],
      ...(slowMode === undefined ? {} : { slowMode }),
      ...(timer === undefined ? {} : { timer }),
      ...(history === undefined ? {} : { history }),
      suite: suite ?? 0,
      epoch: group.epoch,
      ...(successor === undefined ? {} : { successor }),
    }
  }

  async addToGroup(conversation: string, accounts: readonly string[]): Promise<{ unreachable: readonly string[] }> {
    return this.#engine.groups.add(conversation, accounts)
  }

  removeFromGroup(conversation: string, account: string): Promise<void> {
    return this.#engine.groups.remove(conversation, account)
  }

  setGroupRole(conversation: string, account: string, role: GroupRole): Promise<void> {
    return this.#engine.groups.setRole(conversation, account, role)
  }

  changeGroup(
    conversation: string,
    change: {
      readonly name?: string
      readonly policy?: GroupPolicy
      readonly slowMode?: number
      readonly timer?: number
      readonly history?: number
    },
  ): Promise<void> {
    return this.#engine.groups.update(conversation, change)
  }

  leaveGroup(conversation: string): Promise<void> {
    return this.#engine.groups.leave(conversation)
  }

  async createGroupLink(conversation: string): Promise<string> {
    const { secret } = await this.#engine.groups.createLink(conversation)
    return this.#urlOf(conversation, secret)
  }

  revokeGroupLink(conversation: string, id: string): Promise<void> {
    return this.#engine.groups.revokeLink(conversation, id)
  }

  async joinGroup(group: string, secret: string): Promise<string> {
    if (!v.is(GroupId, group) || !v.is(LinkSecret, secret)) throw new RefusedError('linkInvalid')
    await this.#engine.groups.join(group, secret)
    await this.#rows.idle()
    return group
  }

  rejoinGroup(conversation: string): Promise<void> {
    return this.#engine.groups.rejoin(conversation)
  }

  async readersOf(
    conversation: string,
    id: string,
  ): Promise<readonly { account: string; name?: string; at: number }[]> {
    const message = await this.#engine.ownMessage(conversation, id)
    const readers = [...(message?.readBy ?? [])].sort((a, b) => b.at - a.at)
    const names = await this.#engine.groups.names(readers.map(({ account }) => account))
    return readers.map(({ account, at }) => {
      const name = names.get(account) ?? this.#names.of(account)
      return name === undefined ? { account, at } : { account, name, at }
    })
  }

  /** With what only the interface knows of a contact. */
  #memberView(member: GroupMember): GroupMemberView {
    const { username, verified } = this.#rows.row(member.account)
    return { ...(username === undefined ? {} : { username }), ...member, verified }
  }

  #urlOf(group: string, secret: string): string {
    return `${this.#relay}/j/${group}#${secret}`
  }
}
