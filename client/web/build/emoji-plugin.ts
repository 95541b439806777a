/** A Vite plugin: the module `virtual:emoji` is the emoji of this build, packed, as a script of its own. */

import emojibase from 'emojibase-data/en/data.json' with { type: 'json' }
import messages from 'emojibase-data/en/messages.json' with { type: 'json' }
import shortcodes from 'emojibase-data/en/shortcodes/github.json' with { type: 'json' }
import type { PackedEmoji, PackedEmojis } from '../features/composer/emoji-packed.ts'

const MODULE = 'virtual:emoji'
/** Its file is named by it. */
const RESOLVED = '\0emoji-data.js'
/** Skin tones and hair, which are no emoji of their own. */
const COMPONENTS = 2
const TONES = [1, 2, 3, 4, 5]

export function packEmoji(): PackedEmojis {
  const emoji = emojibase.flatMap(({ emoji: sign, label, hexcode, version, group, tags = [], skins = [] }) => {
    // Without a group: the letters that flags are made of.
    if (group === undefined || group === COMPONENTS) return []
    const names = [shortcodes[hexcode] ?? []].flat()
    const toned = TONES.flatMap((tone) => skins.find((skin) => skin.tone === tone)?.emoji ?? [])
    const packed: PackedEmoji = [
      sign,
      label,
      group,
      version,
      tags.join(' '),
      names.join(' '),
      toned.length === TONES.length ? toned.join(' ') : '',
    ]
    return [packed]
  })
  return {
    groups: messages.groups.map(({ order }) => order).filter((order) => order !== COMPONENTS),
    emoji,
  }
}

export function emojiModule() {
  return {
    name: 'emoji-module',
    resolveId: (id: string) => (id === MODULE ? RESOLVED : undefined),
    // Parsed as JSON, which takes a fraction of the time that a script of the same length does.
    load: (id: string) =>
      id === RESOLVED ? `export default JSON.parse(${JSON.stringify(JSON.stringify(packEmoji()))})` : undefined,
  }
}
