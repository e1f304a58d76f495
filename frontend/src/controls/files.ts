/** Files brought in: dropped anywhere on the page or chosen with a button; a table asks which columns to take. */
import { effect, signal } from "@preact/signals-core";
import { html, nothing, render, type TemplateResult } from "lit-html";
import { begin, change } from "../change";
import type { Table } from "../contract";
import { engine } from "../engine";
import { told } from "../sentences";
import { schema } from "../store";
import { say } from "../words";
import { chosen, type Columns, guessed, numeric } from "./table";

/** The server takes no more; so does the page not send it. */
const MOST_BYTES = 5_000_000;

/** What became of the last file, in words. */
const said = signal<{ key: string; values: Record<string, string | number>; failed: boolean } | null>(null);
const asked = signal<{ name: string; table: Table; columns: Columns } | null>(null);

async function take(file: File): Promise<void> {
  const { name } = file;
  const fail = (why: string) => (said.value = { key: "controls.file_failed", values: { name, why }, failed: true });
  if (file.size > MOST_BYTES) return void fail(say("controls.file_big", { most: MOST_BYTES / 1e6 }));
  try {
    const { settings, table } = await engine.value!.open(name, new Uint8Array(await file.arrayBuffer()));
    if (settings) {
      begin(settings);
      said.value = { key: "controls.file_taken", values: { name }, failed: false };
    } else if (table) {
      const columns = guessed(table);
      if (columns) asked.value = { name, table, columns };
      else fail(say("controls.table_needs"));
    }
  } catch (error) {
    fail((error as Error).message);
  }
}

export function fileButton(): TemplateResult {
  const picked = (event: Event) => {
    const input = event.target as HTMLInputElement;
    if (input.files?.[0]) void take(input.files[0]);
    input.value = "";
  };
  return html`<div class="field">
    <label class="button" for="open-file">${say("controls.open_file")}</label>
    <input class="unseen" id="open-file" type="file" aria-describedby="open-file-tip" @change=${picked} />
    <p class="soft small" id="open-file-tip">${say("controls.open_file_tip")}</p>
    <p class="small ${said.value?.failed ? "complaint" : "soft"}" role=${said.value?.failed ? "alert" : "status"}>
      ${said.value ? say(said.value.key, { ...said.value.values, why: told(String(said.value.values.why ?? "")) }) : nothing}
    </p>
  </div>`;
}

/** Take files that are dropped on `place`, and ask for the columns of tables in a dialog inside `root`. */
export function mountFiles(root: HTMLElement, place: EventTarget): () => void {
  const over = (event: Event) => {
    if ((event as DragEvent).dataTransfer?.types.includes("Files")) event.preventDefault();
  };
  const dropped = (event: Event) => {
    const file = (event as DragEvent).dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    void take(file);
  };
  place.addEventListener("dragover", over);
  place.addEventListener("drop", dropped);
  const dialog = document.createElement("dialog");
  dialog.className = "table-dialog";
  dialog.setAttribute("aria-labelledby", "table-title");
  dialog.addEventListener("close", () => (asked.value = null));
  root.append(dialog);
  const stop = effect(() => {
    render(asked.value ? questions(dialog) : nothing, dialog);
    if (asked.value && !dialog.open) dialog.showModal();
    if (!asked.value) dialog.close(); // it was answered in another view of a notebook
  });
  return () => {
    stop();
    dialog.remove();
    place.removeEventListener("dragover", over);
    place.removeEventListener("drop", dropped);
  };
}

function questions(dialog: HTMLDialogElement): TemplateResult {
  const { name, table, columns } = asked.value!;
  const axes = numeric(table);
  const most = schema.value?.fields.find((field) => field.name === "points")?.longest ?? 1000;
  const result = chosen(table, columns, most);
  const { own_task: task, class_names: names, points } = result.settings;
  const column = (which: keyof Columns, among: number[]) =>
    html`<label for="column-${which}">${say(`controls.column_${which}`)}</label>
      <select
        id="column-${which}"
        @change=${(event: Event) => {
          asked.value = {
            name,
            table,
            columns: { ...columns, [which]: Number((event.target as HTMLSelectElement).value) },
          };
        }}
      >
        ${among.map((k) => html`<option value=${k} ?selected=${k === columns[which]}>${table.columns[k]}</option>`)}
      </select>`;
  const use = () => {
    change(result.settings);
    said.value = { key: "controls.file_taken", values: { name }, failed: false };
    dialog.close();
  };
  return html`<form method="dialog" @submit=${use}>
    <h2 id="table-title">${say("controls.table_title", { name })}</h2>
    <div class="columns">
      ${column("x1", axes)} ${column("x2", axes)}
      ${column(
        "y",
        table.columns.map((_, k) => k),
      )}
    </div>
    ${table.notes.map((note) => html`<p class="soft small">${told(note)}</p>`)}
    <p role="status">
      ${
        task === "regression"
          ? say("controls.table_regression", { n: points.length })
          : say("controls.table_classes", {
              n: points.length,
              names: names.slice(0, 8).join(", ") + (names.length > 8 ? " …" : ""),
            })
      }
      ${result.left_out ? say("controls.table_left_out", { n: result.left_out }) : nothing}
    </p>
    <div class="row">
      <button type="submit" class="primary" ?disabled=${points.length === 0}>${say("controls.table_use")}</button>
      <button type="button" @click=${() => dialog.close()}>${say("controls.table_cancel")}</button>
    </div>
  </form>`;
}
