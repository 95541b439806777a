import { useNavigate, useParams } from '@tanstack/react-router'
import { Suspense, lazy, useEffect, useState } from 'react'
import { listedConversations } from '../../state/index.ts'
import { shellCommand } from './keys.ts'
import { focusSection } from './sections.ts'
import { ShortcutSheet } from './shortcut-sheet.tsx'

const SearchDialog = lazy(() => import('../../features/search/search-dialog.tsx'))

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio]), textarea, select'))
  )
}

/** The keys that work everywhere, and the sheet that lists them. */
export function Shortcuts() {
  const navigate = useNavigate()
  const open = useParams({ strict: false }).id
  const [sheet, setSheet] = useState(false)
  const [search, setSearch] = useState(false)
  useEffect(() => {
    const show = (index: number) => {
      const row = listedConversations()[index]
      if (row !== undefined) void navigate({ to: '/c/$id', params: { id: row.id } })
    }
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const command = shellCommand(event, isTyping(event.target))
      // An open dialog or menu has the keys to itself.
      if (command === undefined || document.querySelector('[role=dialog], [role=menu]') !== null) return
      event.preventDefault()
      const at = listedConversations().findIndex((row) => row.id === open)
      if (command.do === 'help') setSheet(true)
      else if (command.do === 'search') setSearch(true)
      else if (command.do === 'nextSection') focusSection(1)
      else if (command.do === 'previousSection') focusSection(-1)
      else if (command.do === 'conversation') show(command.index)
      else if (command.do === 'nextConversation') show(at + 1)
      else if (command.do === 'previousConversation') show(at === -1 ? 0 : at - 1)
    }
    addEventListener('keydown', onKeyDown)
    addEventListener('silentrelay:shortcuts', onShow)
    addEventListener('silentrelay:search', onSearch)
    function onSearch(): void {
      setSearch(true)
    }
    function onShow(): void {
      setSheet(true)
    }
    return () => {
      removeEventListener('keydown', onKeyDown)
      removeEventListener('silentrelay:shortcuts', onShow)
      removeEventListener('silentrelay:search', onSearch)
    }
  }, [navigate, open])
  return (
    <>
      <ShortcutSheet open={sheet} onOpenChange={setSheet} />
      <Suspense>{search ? <SearchDialog onClose={() => setSearch(false)} /> : null}</Suspense>
    </>
  )
}

/** Opens the search, with a pointer or a finger. */
export function showSearch(): void {
  dispatchEvent(new Event('silentrelay:search'))
}

/** Opens the sheet from a menu. */
export function showShortcuts(): void {
  dispatchEvent(new Event('silentrelay:shortcuts'))
}
