/** The fan of loss curves drawn: every run as a thin line, the middle half of them as a band, the median as a strong
 * line, on logarithmic axes. */
import type { Colours } from "../views/colours";
import type { Size } from "../views/size";
import { power } from "../views/ticks";
import { type Axis, curveOf, type Fan, logAxis, quantiles, shifted } from "./fan";

const MARGIN = { left: 52, right: 10, top: 8, bottom: 34 };

export interface Words {
  epoch: string;
  loss: string;
}

/** Draw the fan and return its axes, by which a point is found again. */
export function drawFan(
  context: CanvasRenderingContext2D,
  { width, height }: Size,
  fan: Fan,
  chosen: number,
  words: Words,
  colours: Colours,
): { across: Axis; up: Axis } | null {
  if (!fan.seeds.length) return null;
  context.clearRect(0, 0, width, height);
  const across = logAxis(fan.epoch.map(shifted), MARGIN.left, width - MARGIN.right);
  const up = logAxis(fan.loss, height - MARGIN.bottom, MARGIN.top);
  drawAxes(context, across, up, { width, height }, words, colours);

  const path = (values: Float64Array) => {
    context.beginPath();
    let drawn = false;
    values.forEach((value, at) => {
      const known = Number.isFinite(value);
      if (known) context[drawn ? "lineTo" : "moveTo"](across.place(shifted(fan.epoch[at]!)), up.place(value));
      drawn = known;
    });
    context.stroke();
  };
  context.lineWidth = 1;
  context.strokeStyle = colours.soft;
  context.globalAlpha = Math.max(0.12, Math.min(0.6, 15 / fan.seeds.length));
  for (let run = 0; run < fan.seeds.length; run++) path(curveOf(fan, run));

  const [low, middle, high] = quantiles(fan, [0.25, 0.5, 0.75]) as [Float64Array, Float64Array, Float64Array];
  context.globalAlpha = 0.18;
  context.fillStyle = colours.accent;
  context.beginPath();
  fan.epoch.forEach((epoch, at) => Number.isFinite(high[at]) && context.lineTo(across.place(shifted(epoch)), up.place(high[at]!)));
  for (let at = fan.epoch.length - 1; at >= 0; at--) {
    if (Number.isFinite(low[at])) context.lineTo(across.place(shifted(fan.epoch[at]!)), up.place(low[at]!));
  }
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colours.accent;
  context.lineWidth = 2.5;
  path(middle);
  if (chosen >= 0) {
    context.strokeStyle = colours.ink;
    context.lineWidth = 2;
    path(curveOf(fan, chosen));
  }
  return { across, up };
}

function drawAxes(
  context: CanvasRenderingContext2D,
  across: Axis,
  up: Axis,
  { width, height }: Size,
  words: Words,
  colours: Colours,
): void {
  context.font = `${colours.type}px system-ui, sans-serif`;
  context.fillStyle = colours.soft;
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const rule = (x0: number, y0: number, x1: number, y1: number) => {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  };
  for (const exponent of up.exponents) {
    const tick = 10 ** exponent;
    rule(MARGIN.left, up.place(tick), width - MARGIN.right, up.place(tick));
    context.fillText(power(exponent), MARGIN.left - 6, up.place(tick));
  }
  context.textAlign = "center";
  for (const exponent of across.exponents) {
    const tick = 10 ** exponent;
    rule(across.place(tick), MARGIN.top, across.place(tick), height - MARGIN.bottom);
    context.fillText(power(exponent), Math.min(across.place(tick), width - MARGIN.right - 12), height - MARGIN.bottom + 10);
  }
  context.textAlign = "right";
  context.fillText(words.epoch, width - MARGIN.right, height - 8);
  context.save();
  context.translate(9, MARGIN.top);
  context.rotate(-Math.PI / 2);
  context.fillText(words.loss, 0, 0);
  context.restore();
}
