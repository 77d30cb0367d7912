// `import text from "x.txt" with { type: "text" }`.
declare module "*.txt" {
  const text: string
  // biome-ignore lint/style/noDefaultExport: a text import has no other name
  export default text
}
