/** The sheet that a step is written on. The pieces are made by our own Python, which escapes what it was given; they
 * lie in a shadow root, so that their rules touch nothing else and the page's rules do not touch them. */
import type { DerivationPage } from "../contract";
import { tellIn } from "../sentences";
import { language, say } from "../words";

const SHEET = `
  :host { display: block; color: var(--ink); }
  h4 { margin: 0; }
  a { color: var(--accent); }
  .came { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; border-radius: 3px; }
  summary { cursor: pointer; color: var(--soft); margin-top: 0.6rem; }
  .given { overflow-x: auto; }
`;

export class Paper {
  readonly host = document.createElement("div");
  private readonly root: ShadowRoot;
  private readonly step = document.createElement("div");
  private readonly details = document.createElement("details");
  private readonly summary = document.createElement("summary");
  private readonly given = document.createElement("div");
  private page: DerivationPage | null = null;

  /** @param follow - hears which anchor a number's link names. */
  constructor(follow: (anchor: string) => void) {
    this.host.className = "inside-paper";
    this.step.className = "derivation";
    this.given.className = "derivation given";
    this.details.append(this.summary, this.given);
    this.root = this.host.attachShadow({ mode: "open" });
    this.root.append(this.step, this.details);
    this.root.addEventListener("click", (event) => {
      const link = (event.target as Element).closest("a[href^='#']");
      if (!link) return;
      event.preventDefault();
      follow(decodeURIComponent(link.getAttribute("href")!.slice(1)));
    });
  }

  show(page: DerivationPage, at: number): void {
    if (page !== this.page || language.value !== this.host.lang) {
      this.page = page;
      this.host.lang = language.value;
      this.root.adoptedStyleSheets = [page.style, SHEET].map(sheet);
      this.given.innerHTML = page.given;
      tellIn(this.given);
    }
    this.summary.textContent = say("inside.given");
    this.step.innerHTML = page.steps[at]?.html ?? "";
    tellIn(this.step);
    // Headings of a page of its own are headings of a panel here.
    for (const each of this.root.querySelectorAll("h3, h4")) each.ariaLevel = "3";
    // What is too wide is scrolled by the keyboard too.
    for (const each of this.step.querySelectorAll<HTMLElement>(".scroll")) {
      if (each.scrollWidth > each.clientWidth) Object.assign(each, { tabIndex: 0, role: "group", ariaLabel: say("inside.wide") });
    }
  }

  /** Show where a link led to. */
  mark(anchor: string): void {
    for (const each of this.root.querySelectorAll(".came")) each.classList.remove("came");
    const there = this.root.getElementById(anchor);
    if (!there) return;
    if (this.given.contains(there)) this.details.open = true;
    there.classList.add("came");
    there.tabIndex = -1;
    there.focus({ preventScroll: true });
    there.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function sheet(rules: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(rules);
  return made;
}
