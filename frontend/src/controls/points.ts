/** Points of the reader's own: the pen that the plane draws with, and the way from the present data to points. */
import { html, nothing, type TemplateResult } from "lit-html";
import { change } from "../change";
import type { Field, Settings } from "../contract";
import { recording } from "../store";
import { say } from "../words";
import { select } from "./field";
import { pen, type Pen } from "./pen";

/** Classes that can be told apart on the plane, by colour and shape. */
const CLASSES = 6;
const TOOLS: Pen["tool"][] = ["move", "add", "delete"];

/** What stands under the choice of data: the pen if the points are the reader's own, else the way to make them so. */
export function points(ownTask: Field | undefined, now: Settings): TemplateResult {
  if (now.data !== "own") {
    return html`<button type="button" id="make-own" ?disabled=${!recording.value} @click=${() => makeOwn()}>
      ${say("controls.make_own")}
    </button>`;
  }
  const regression = now.own_task === "regression";
  const tool = pen.value.tool;
  return html`
    ${
      ownTask
        ? select(ownTask, {
            id: "setting-own_task",
            value: now.own_task,
            take: (value) =>
              change({ own_task: value as Settings["own_task"], points: rounded(now.points, value), class_names: [] }),
          })
        : nothing
    }
    <fieldset class="pen">
      <legend>${say("controls.pen")}</legend>
      <div class="choices">
        ${TOOLS.map(
          (each) =>
            html`<label class="choice" for="pen-${each}">
              <input
                type="radio"
                name="pen"
                id="pen-${each}"
                .checked=${tool === each}
                @change=${() => (pen.value = { ...pen.value, tool: each })}
              /><span>${say(`controls.pen_${each}`)}</span>
            </label>`,
        )}
      </div>
      ${tool === "add" ? (regression ? value() : classes(now)) : nothing}
    </fieldset>
    <div class="row">
      <span class="soft small">${say("controls.n_points", { n: now.points.length })}</span>
      <button type="button" id="clear-points" ?disabled=${now.points.length === 0} @click=${() => clear(now)}>
        ${say("controls.clear_points")}
      </button>
    </div>
  `;
}

function classes(now: Settings): TemplateResult {
  return html`<div class="choices" role="radiogroup" aria-label=${say("controls.pen_class")}>
    ${Array.from({ length: CLASSES }, (_, each) => {
      const name = now.class_names[each] || say("controls.class", { k: each });
      return html`<label class="choice" for="pen-class-${each}">
        <input
          type="radio"
          name="pen-class"
          id="pen-class-${each}"
          .checked=${pen.value.y === each}
          @change=${() => (pen.value = { ...pen.value, y: each })}
        /><span><i class="dot class-${each}" aria-hidden="true"></i>${name}</span>
      </label>`;
    })}
  </div>`;
}

function value(): TemplateResult {
  const take = (event: Event) => {
    const y = (event.target as HTMLInputElement).valueAsNumber;
    if (Number.isFinite(y)) pen.value = { ...pen.value, y };
  };
  return html`<div class="row">
    <label for="pen-value">${say("controls.pen_value")}</label>
    <input id="pen-value" type="number" step="any" value=${pen.value.y} @input=${take} />
  </div>`;
}

/** No points at all cannot be trained on: one of each of two classes stays, for the next ones to join. */
function clear(now: Settings): void {
  pen.value = { ...pen.value, tool: "add" };
  change({
    points: [
      [-0.5, 0, 0],
      [0.5, 0, 1],
    ],
    class_names: now.class_names.slice(0, 2),
  });
}

/** A class is a whole number from 0 on; a regression's value may be anything. */
function rounded(all: Settings["points"], task: string): Settings["points"] {
  if (task === "regression") return all;
  return all.map(([x1, x2, y]) => [x1, x2, Math.min(Math.max(Math.round(y), 0), CLASSES - 1)]);
}

/** The data of the present run as points that can be moved. */
function makeOwn(): void {
  const run = recording.value;
  if (!run) return;
  const { X, y, start } = run;
  // The engine may write two classes as −1 and 1 or the like: what is below or above their middle is what counts.
  const middle = start.task === "binary" ? (Math.min(...y.values) + Math.max(...y.values)) / 2 : 0;
  const of = (value: number) => (start.task === "binary" ? Number(value > middle) : value);
  const fine = (value: number) => Number(value.toFixed(4));
  change({
    data: "own",
    own_task: start.task === "regression" ? "regression" : "classification",
    class_names: [...start.class_names],
    points: Array.from(y.values, (value, i) => [fine(X.values[2 * i]!), fine(X.values[2 * i + 1]!), of(value)]),
  });
  pen.value = { tool: "move", y: 0 };
}
