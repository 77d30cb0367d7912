// The spellings of a text in which single signs are escaped, as the libraries do that write JSON,
// URLs and HTML. Which signs they take differs, and each choice is a spelling of its own.
//
// A fragment of a spelling of HTML or of a strict URL may be two escapes and nothing secret, such as
// `&#x3D;&#x3D;`. So those are looked for whole.

/** Signs of JSON and of scripts beyond those that all escape: PHP, Go, Gson, System.Text.Json, Django, ESAPI. */
const JSON_ESCAPES: readonly ((text: string) => string)[] = [
  (text) => text.replaceAll("/", "\\/"),
  (text) => text.replace(/[<>&]/g, codePoint),
  (text) => text.replace(/[=<>&']/g, codePoint),
  (text) => text.replace(/[+<>&'`]/g, upperCodePoint),
  (text) => text.replace(/[-=;<>&'`]/g, upperCodePoint),
  (text) => text.replace(/[^A-Za-z0-9,._]/g, (sign) => `\\x${hexOf(sign).toUpperCase()}`),
]

/** HTML as the standard libraries write it, html/template, Mustache, ASP.NET and ESAPI. */
const HTML_ESCAPES: readonly ((text: string) => string)[] = [
  (text) => escapeMarkup(text, "&quot;"),
  (text) => escapeMarkup(text, "&#34;").replaceAll("+", "&#43;"),
  (text) => escapeMarkup(text, "&quot;").replace(/[/=`]/g, (sign) => `&#x${hexOf(sign).toUpperCase()};`),
  (text) => escapeMarkup(text, "&quot;").replaceAll("+", "&#x2B;"),
  (text) => text.replace(/[^A-Za-z0-9,._ -]/g, (sign) => `&#x${hexOf(sign)};`),
  (text) => [...text].map((sign) => `&#${sign.charCodeAt(0)};`).join(""),
]

/** Those of which a fragment tells as much as one of the text. */
export function usualEscapes(text: string): readonly string[] {
  const url = encodeURIComponent(text)
  return [jsonOf(text), text.replaceAll("/", "\\/"), url, lowerEscapes(url)]
}

export function rareEscapes(text: string): readonly string[] {
  const url = encodeURIComponent(text)
  const urls = [
    url.replace(/[!'()*~]/g, percent),
    url.replaceAll("%2F", "/"),
    url.replaceAll("%20", "+"),
    text.replace(/[^A-Za-z0-9@*_+./-]/g, percent),
  ]
  return [
    ...JSON_ESCAPES.map((write) => write(jsonOf(text))),
    ...urls.flatMap((form) => [form, lowerEscapes(form)]),
    ...HTML_ESCAPES.map((write) => write(text)),
  ]
}

function jsonOf(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function escapeMarkup(text: string, quote: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', quote)
    .replaceAll("'", "&#39;")
}

function codePoint(sign: string): string {
  return `\\u00${hexOf(sign)}`
}

function upperCodePoint(sign: string): string {
  return `\\u00${hexOf(sign).toUpperCase()}`
}

function percent(sign: string): string {
  return `%${hexOf(sign).toUpperCase()}`
}

function hexOf(sign: string): string {
  return sign.charCodeAt(0).toString(16).padStart(2, "0")
}

function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())
}
