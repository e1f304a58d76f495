/** Take away: the state as a link, the run as Python, the network as a file, the picture, and the replay. */
import { effect, signal } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import { link } from "../address";
import type { Download } from "../contract";
import { engine } from "../engine";
import { told } from "../sentences";
import { epoch, recording, schema } from "../store";
import { say } from "../words";
import { planePicture, type Stage, wholePicture } from "./picture";
import { fetched, type Part, replayFile } from "./replay_file";
import { save, textFile } from "./save";
import "./take.css";

const FORMATS = ["onnx", "safetensors", "c", "python"];

/** @param link - whether the page has an address of its own; in a notebook it has none.
 * @param part - where the parts of a replay come from. */
export function mountTake(root: HTMLElement, { link: linked = true, part = fetched }: { link?: boolean; part?: Part } = {}): () => void {
  /** What has just been done, in words; and whether it failed. */
  const said = signal<{ words: string; failed: boolean } | null>(null);
  const busy = signal(false);
  const code = signal("");
  const address = signal("");

  /** Do one thing and say how it went. */
  async function doing(what: () => Promise<string> | string): Promise<void> {
    busy.value = true;
    said.value = null;
    try {
      said.value = { words: await what(), failed: false };
    } catch (error) {
      said.value = { words: say("take.failed", { why: told((error as Error).message) }), failed: true };
    }
    busy.value = false;
  }

  const saving = (make: () => Promise<Download> | Download) =>
    doing(async () => {
      const file = await make();
      save(file);
      return say("take.saved", { name: file.name });
    });

  const copyLink = () =>
    doing(async () => {
      const text = link(schema.value!.fields);
      address.value = "";
      if (await copied(text)) return say("take.copied_link");
      address.value = text;
      queueMicrotask(() => root.querySelector<HTMLInputElement>("#take-address")?.select());
      return say("take.copy_yourself");
    });

  const stage = () => root.getRootNode() as Stage;

  const askCode = async () => new TextDecoder().decode((await engine.value!.code(recording.value!.settings)).bytes);

  const showCode = () =>
    doing(async () => {
      code.value = await askCode();
      return say("take.code_shown");
    });

  const copyCode = () => doing(async () => say((await copied(code.value)) ? "take.copied_code" : "take.no_clipboard"));

  const stops = [
    // Code of another run than the one on the page would mislead.
    effect(() => {
      void recording.value?.settings;
      if (!code.peek()) return;
      code.value = "";
      said.value = null;
    }),
    effect(() => void render(panel(), root)),
  ];

  function panel() {
    const run = recording.value;
    const none = !run || run.count === 0 || busy.value;
    const trains = engine.value?.trains ?? false;
    return html`
      <div class="take-groups">
        <div role="group" aria-label=${say("take.state")}>
          <h3>${say("take.state")}</h3>
          ${linked ? html`<button id="take-link" ?disabled=${!schema.value} @click=${copyLink}>${say("take.link")}</button>` : nothing}
          <button id="take-run" ?disabled=${none} @click=${() => saving(runFile)}>${say("take.run")}</button>
        </div>
        <div role="group" aria-label=${say("take.code")}>
          <h3>${say("take.code")}</h3>
          <button id="take-code" ?disabled=${none || !trains} aria-expanded=${code.value ? "true" : "false"} @click=${() => (code.value ? (code.value = "") : showCode())}>
            ${say(code.value ? "take.hide_code" : "take.show_code")}
          </button>
        </div>
        <div role="group" aria-label=${say("take.network")}>
          <h3>${say("take.network", { epoch: epoch.value })}</h3>
          ${FORMATS.map(
            (format) => html`<button data-format=${format} ?disabled=${none || !trains} @click=${() => saving(() => engine.value!.model(run!.settings, epoch.value, format))}>${say(`take.${format}`)}</button>`,
          )}
        </div>
        <div role="group" aria-label=${say("take.picture")}>
          <h3>${say("take.picture")}</h3>
          <button id="take-png" ?disabled=${none} @click=${() => saving(() => planePicture(stage()))}>${say("take.png")}</button>
          <button id="take-svg" ?disabled=${none} @click=${() => saving(() => wholePicture(stage()))}>${say("take.svg")}</button>
        </div>
        <div role="group" aria-label=${say("take.replay")}>
          <h3>${say("take.replay")}</h3>
          <button id="take-replay" ?disabled=${none || !run?.end} @click=${() => saving(() => replayFile(part))}>${say("take.replay_button")}</button>
        </div>
      </div>
      <p class="take-said ${said.value?.failed ? "failed" : ""}" role=${said.value?.failed ? "alert" : "status"}>${said.value?.words ?? nothing}</p>
      ${address.value ? html`<input id="take-address" type="text" readonly aria-label=${say("take.link")} .value=${address.value} />` : nothing}
      ${code.value
        ? html`<div class="take-code">
            <div class="take-code-buttons">
              <button id="take-code-copy" @click=${copyCode}>${say("take.copy")}</button>
              <button id="take-code-save" @click=${() => saving(() => textFile("run.py", "text/x-python", code.value))}>${say("take.save")}</button>
            </div>
            <pre tabindex="0" lang="en" aria-label=${say("take.code")}><code>${code.value}</code></pre>
          </div>`
        : nothing}`;
  }

  return () => {
    for (const stop of stops) stop();
    render(nothing, root);
  };
}

/** The run as a file that the page takes back: its settings; the rest follows from them. */
function runFile(): Download {
  const run = { chainrule: schema.value!.version, settings: recording.value!.settings };
  return textFile("run.json", "application/json", `${JSON.stringify(run, null, 2)}\n`);
}

/** Whether the browser let us: without https or localhost it has no clipboard. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
