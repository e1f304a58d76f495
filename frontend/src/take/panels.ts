/** Panels outside the page's own layout: each a section with a heading, its part mounted in it. */
import { effect } from "@preact/signals-core";
import { say } from "../words";

export type Mount = (root: HTMLElement) => () => void;

/** Put the panels into the root, in this order; returns their disposal. */
export function mountPanels(root: HTMLElement, mounts: Record<string, Mount>): () => void {
  const stops = Object.entries(mounts).map(([name, mount]) => {
    const section = document.createElement("section");
    section.id = `panel-${name}`;
    section.className = "panel";
    section.setAttribute("aria-labelledby", `heading-${name}`);
    const heading = document.createElement("h2");
    heading.id = `heading-${name}`;
    const body = document.createElement("div");
    body.className = "panel-body";
    section.append(heading, body);
    root.append(section);
    const words = effect(() => void (heading.textContent = say(`page.${name}`)));
    const part = mount(body);
    return () => {
      words();
      part();
      section.remove();
    };
  });
  return () => stops.forEach((stop) => stop());
}
