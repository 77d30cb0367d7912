// Budgets: which limit governs, what is left, what to reserve, what a usage charges. Pure:
// given numbers and a clock reading, returns a choice.

export {}
