/** The address says what is on the page: settings and view, in its hash. Going back undoes a change, going forward redoes it. */
import { computed, effect, signal } from "@preact/signals-core";
import type { Field } from "./contract";
import { entriesOf, fromEntries, textOf, toEntries } from "./state";
import { settings } from "./store";
import { optionNames, viewFromHash, viewToHash } from "./view";

/** Parts of the address that could not be understood. */
export const misunderstood = signal<string[]>([]);

/** Where in the history of this visit the page stands, and how far that goes. */
const place = signal({ now: 0, last: 0 });
export const canUndo = computed(() => place.value.now > 0);
export const canRedo = computed(() => place.value.now < place.value.last);
export const undo = (): void => void (canUndo.value && history.back());
export const redo = (): void => void (canRedo.value && history.forward());

/** Milliseconds from one writing to the next: browsers refuse more than a few a second (Safari: 100 in 30 seconds). */
const PAUSE = 350;

/** Take the settings and the view from the address. */
export function readAddress(fields: Field[]): void {
  const entries = entriesOf(location.hash);
  const ofView = entries.filter(([name]) => optionNames.has(name));
  const ignored = viewFromHash(ofView);
  const read = fromEntries(
    fields,
    entries.filter(([name]) => !optionNames.has(name)),
  );
  misunderstood.value = [...ignored, ...read.ignored];
  settings.value = read.settings;
}

/** Keep the address as the page is. A change of settings is a step of the history from when it begins (the first input
 * of a drag) until it is made (the drag ends); the view has no steps. */
export function keepAddress(fields: Field[]): () => void {
  let timer = 0;
  let last = -PAUSE;
  let written = said();
  let made = true;

  function said(): string {
    return settings.value ? textOf(toEntries(fields, settings.value)) : "";
  }

  function write(): void {
    clearTimeout(timer);
    timer = 0;
    if (!settings.value) return;
    last = performance.now();
    const now = said();
    const all = [now, textOf(viewToHash())].filter(Boolean).join("&");
    if (all === location.hash.slice(1)) return;
    const address = all ? `#${all}` : location.pathname + location.search;
    if (now !== written && made) {
      const step = place.value.now + 1;
      history.pushState({ step }, "", address);
      place.value = { now: step, last: step };
      made = false;
    } else {
      history.replaceState({ step: place.value.now }, "", address);
    }
    written = now;
  }

  const stop = effect(() => {
    void [settings.value, viewToHash()];
    timer ||= setTimeout(write, last + PAUSE - performance.now());
  });
  const make = () => {
    if (timer) write();
    made = true;
  };
  const follow = (event: Event) => {
    clearTimeout(timer);
    timer = 0;
    made = true;
    const step = (event as PopStateEvent).state?.step as number | undefined;
    place.value = { now: step ?? 0, last: Math.max(place.value.last, step ?? 0) };
    readAddress(fields);
    written = said();
  };
  // "click" is the end of what a button does, "change" that of what a control does; both come after the control's own.
  const ends = ["change", "click", "pointerup"];
  for (const type of ends) document.addEventListener(type, make);
  window.addEventListener("popstate", follow);
  return () => {
    stop();
    clearTimeout(timer);
    for (const type of ends) document.removeEventListener(type, make);
    window.removeEventListener("popstate", follow);
  };
}

/** The address of the page as it is now, to be sent to others. */
export function link(fields: Field[]): string {
  const entries = [...toEntries(fields, settings.value!), ...viewToHash()];
  return `${location.href.replace(/#.*/, "")}${entries.length ? `#${textOf(entries)}` : ""}`;
}
