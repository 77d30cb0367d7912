// The published vocabularies, as gpt-tokenizer ships them: imported as text.

declare module "gpt-tokenizer/data/*.tiktoken" {
  const text: string
  // biome-ignore lint/style/noDefaultExport: it is what importing a file as text gives
  export default text
}
