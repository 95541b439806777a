import { useEffect } from 'react'

/**
 * Stands in for the package `react-style-singleton` (see build/no-injected-styles.ts) with the same exports: one style
 * sheet for as long as somebody uses it. Constructed style sheets need no exception in the Content-Security-Policy.
 */
export function stylesheetSingleton() {
  let users = 0
  let sheet: CSSStyleSheet | undefined
  return {
    add(css: string): void {
      users++
      if (sheet !== undefined) return
      sheet = new CSSStyleSheet()
      sheet.replaceSync(css)
      document.adoptedStyleSheets.push(sheet)
    },
    remove(): void {
      users--
      if (users > 0 || sheet === undefined) return
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet)
      sheet = undefined
    },
  }
}

export function styleHookSingleton() {
  const singleton = stylesheetSingleton()
  return function useStyle(css: string, dynamic?: boolean): void {
    useEffect(() => {
      singleton.add(css)
      return () => singleton.remove()
      // As in the package: the text is read again only where it is said to change.
    }, [dynamic === true ? css : ''])
  }
}

export function styleSingleton() {
  const useStyle = styleHookSingleton()
  return function Sheet({ styles, dynamic }: { styles: string; dynamic?: boolean }): null {
    useStyle(styles, dynamic)
    return null
  }
}
