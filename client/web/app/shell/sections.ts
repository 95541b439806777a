/** F6 goes around the parts of the page that carry `data-section`: the list, the open conversation, its composer. */

function visible(element: HTMLElement): boolean {
  return element.checkVisibility({ visibilityProperty: true })
}

/** Focuses the part after (1) or before (-1) the one that has the focus. */
export function focusSection(step: 1 | -1): void {
  const sections = [...document.querySelectorAll<HTMLElement>('[data-section]')].filter(visible)
  if (sections.length === 0) return
  // Sections nest (the composer stands in the pane): the innermost counts.
  const present = sections.findLastIndex((section) => section.contains(document.activeElement))
  const next = present === -1 ? (step === 1 ? 0 : -1) : (present + step) % sections.length
  const section = sections.at(next)
  if (section === undefined) return
  const entries = [...section.querySelectorAll<HTMLElement>('[data-section-focus]')]
  // Its own, not one of a section inside.
  ;(entries.find((entry) => entry.closest('[data-section]') === section) ?? section).focus()
}
