// The words to an agent that is resumed by itself.

export const CONTINUE_PROMPT = "Continue where you stopped."
