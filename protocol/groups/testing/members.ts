/** A group's members in memory, as the rules look at them. */

import { type GroupChange, type Membership } from '../change.ts'
import { DEFAULT_GROUP_POLICY, type GroupPolicy, type GroupRole } from '../roles.ts'

interface Member {
  role: GroupRole
  hasLeft: boolean
  readonly devices: Set<number>
}

export class TestMembers implements Membership {
  policy: GroupPolicy
  readonly #members = new Map<string, Member>()

  /** Members with these roles, each with device 1. */
  constructor(roles: Readonly<Record<string, GroupRole>>, policy: GroupPolicy = DEFAULT_GROUP_POLICY) {
    this.policy = policy
    for (const [account, role] of Object.entries(roles)) {
      this.#members.set(account, { role, hasLeft: false, devices: new Set([1]) })
    }
  }

  get accounts(): string[] {
    return [...this.#members.keys()]
  }

  roleOf(account: string): GroupRole | undefined {
    return this.#members.get(account)?.role
  }

  hasDevice(account: string, device: number): boolean {
    return this.#members.get(account)?.devices.has(device) ?? false
  }

  hasLeft(account: string): boolean {
    return this.#members.get(account)?.hasLeft ?? false
  }

  leave(account: string): void {
    const member = this.#members.get(account)
    if (member) member.hasLeft = true
  }

  /** Puts an accepted change in force. */
  apply({ add, remove, roles, policy }: GroupChange): void {
    for (const { account, device } of remove) this.#members.get(account)?.devices.delete(device)
    for (const { account, device } of add) {
      const member = this.#members.get(account) ?? { role: 'member', hasLeft: false, devices: new Set<number>() }
      this.#members.set(account, member)
      member.devices.add(device)
    }
    for (const { account, role } of roles) {
      const member = this.#members.get(account)
      if (member) member.role = role
    }
    for (const [account, { devices }] of this.#members) if (devices.size === 0) this.#members.delete(account)
    this.policy = policy ?? this.policy
  }
}
