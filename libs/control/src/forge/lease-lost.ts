// Another host may have the issue by now: this one must do nothing more for it.

export class LeaseLost extends Error {
  constructor() {
    super("this host's lease on the issue is over")
    this.name = "LeaseLost"
  }
}
