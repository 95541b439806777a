// Theme, text size and language before the first paint: a classic script in the head, because a module would come after it and the
// Content-Security-Policy allows none inside the page. The rules are those of state/appearance.ts
// and i18n/languages.ts.
;(function () {
  var kept = null
  try {
    kept = JSON.parse(localStorage.getItem('silentrelay.appearance'))
  } catch {
    // Refused or not understood: the defaults.
  }
  if (kept === null || typeof kept !== 'object') kept = {}
  var root = document.documentElement
  if (kept.theme === 'light' || kept.theme === 'dark') root.dataset.theme = kept.theme
  if ([87.5, 112.5, 125, 150].includes(kept.textSize)) root.style.fontSize = kept.textSize + '%'
  var known = ['en', 'de', 'ar']
  var languages = navigator.languages.map(function (tag) {
    return tag.toLowerCase().split('-')[0]
  })
  if (known.includes(kept.language)) languages.unshift(kept.language)
  var language = languages.find(function (one) {
    return known.includes(one)
  })
  root.lang = language || 'en'
  root.dir = language === 'ar' ? 'rtl' : 'ltr'
})()
