// The bytes of a token: RFC 9110 §5.6.2. Methods, names and chunk extensions are made of them.

/** 1 for each. */
export const TOKEN = new Uint8Array(256)
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  TOKEN[character.charCodeAt(0)] = 1
