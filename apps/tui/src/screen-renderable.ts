// The one renderable: a full screen of lines. It decides nothing; it puts stretches
// of text where they stand, in the library's own colors.

import { type Line, SELECTED_BACKGROUND, type Style, type Theme } from "@bot-bottle/view"
import {
  type CliRenderer,
  type MouseEvent,
  type OptimizedBuffer,
  Renderable,
  RGBA,
  TextAttributes,
} from "@opentui/core"
import { stretchesOf } from "./stretches.ts"

export interface MouseReports {
  onClick(column: number, row: number): void
  onScroll(direction: "up" | "down"): void
}

export class ScreenRenderable extends Renderable {
  private lines: readonly Line[] = []
  private theme: Theme
  private readonly colors = new Map<Style["color"], RGBA>()
  private readonly mouse: MouseReports

  constructor(renderer: CliRenderer, options: { readonly theme: Theme; readonly mouse: MouseReports }) {
    super(renderer, { id: "screen", width: "100%", height: "100%" })
    this.theme = options.theme
    this.mouse = options.mouse
  }

  show(lines: readonly Line[]): void {
    this.lines = lines
    this.requestRender()
  }

  setTheme(theme: Theme): void {
    this.theme = theme
    this.requestRender()
  }

  protected override renderSelf(buffer: OptimizedBuffer): void {
    for (const [row, line] of this.lines.entries()) {
      const background = this.backgroundOf(line) ?? RGBA.defaultBackground()
      for (const { text, style, column } of stretchesOf(line, this.theme, buffer.width)) {
        const attributes = (style.isBold ? TextAttributes.BOLD : 0) | (style.isDim ? TextAttributes.DIM : 0)
        buffer.drawText(text, column, row, this.colorOf(style.color), background, attributes)
      }
    }
  }

  private backgroundOf({ selected, faded }: Line): RGBA | undefined {
    if (!selected || faded || (this.theme !== "dark" && this.theme !== "light")) return undefined
    return this.colorOf(SELECTED_BACKGROUND[this.theme])
  }

  private colorOf(color: Style["color"]): RGBA {
    const known = this.colors.get(color)
    if (known !== undefined) return known
    const made =
      color === "default"
        ? RGBA.defaultForeground()
        : typeof color === "number"
          ? RGBA.fromIndex(color)
          : RGBA.fromHex(color)
    this.colors.set(color, made)
    return made
  }

  protected override onMouseEvent(event: MouseEvent): void {
    if (event.type === "down" && event.button === 0) this.mouse.onClick(event.x, event.y)
    if (event.type === "scroll") {
      const direction = event.scroll?.direction
      if (direction === "up" || direction === "down") this.mouse.onScroll(direction)
    }
  }
}
